//! What differs from run to run gets a name that does not: run ids, times of day, the port, the folder.
//! Works on bytes, because upload files are not UTF-8; days stay, they are part of what is checked.

/// Run ids in the order in which they were met.
#[derive(Default)]
pub struct Mask {
    runs: Vec<Vec<u8>>,
    fixed: Vec<(Vec<u8>, &'static str)>,
}

/// `d` a digit, `x` a letter or digit, else itself; the first `keep` bytes stay.
const TIMES: [(&[u8], usize); 5] = [
    (b"dddd-dd-ddTdd:dd:dd", 10),
    (b"dddd-dd-dd dd:dd:dd", 10),
    (b"dddd/dd/dd dd:dd", 10),
    (b"20260ddddddddd", 8),
    // The stamp in the names of upload files and work sheets.
    (b"ddddddddTdddddd", 8),
];

impl Mask {
    pub fn new(fixed: Vec<(String, &'static str)>) -> Mask {
        Mask { runs: Vec::new(), fixed: fixed.into_iter().map(|(text, name)| (text.into_bytes(), name)).collect() }
    }

    pub fn text(&mut self, text: &str) -> String {
        String::from_utf8(self.bytes(text.as_bytes())).expect("masks are ASCII")
    }

    pub fn bytes(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(bytes.len());
        let mut at = 0;
        'next: while at < bytes.len() {
            let rest = &bytes[at..];
            for (text, name) in &self.fixed {
                if rest.starts_with(text) {
                    out.extend_from_slice(name.as_bytes());
                    at += text.len();
                    continue 'next;
                }
            }
            // In the middle of a longer number nothing begins.
            let inside = at > 0 && bytes[at - 1].is_ascii_digit();
            if !inside && rest[0].is_ascii_digit() {
                const RUN: &[u8] = b"ddddddddTdddddd-xxxx";
                if fits(rest, RUN) {
                    let id = rest[..RUN.len()].to_vec();
                    let nth = self.runs.iter().position(|known| *known == id).unwrap_or_else(|| {
                        self.runs.push(id);
                        self.runs.len() - 1
                    });
                    out.extend_from_slice(format!("RUN-{}", nth + 1).as_bytes());
                    at += RUN.len();
                    continue 'next;
                }
                for (form, keep) in TIMES {
                    let after = rest.get(form.len()).is_some_and(u8::is_ascii_digit);
                    if fits(rest, form) && !after {
                        out.extend_from_slice(&rest[..keep]);
                        out.extend_from_slice(b"-time");
                        at += form.len();
                        continue 'next;
                    }
                }
            }
            out.push(bytes[at]);
            at += 1;
        }
        out
    }
}

fn fits(text: &[u8], form: &[u8]) -> bool {
    text.len() >= form.len()
        && form.iter().zip(text).all(|(form, byte)| match form {
            b'd' => byte.is_ascii_digit(),
            b'x' => byte.is_ascii_alphanumeric(),
            other => other == byte,
        })
}

#[test]
fn runs_and_times_are_masked_and_days_and_order_numbers_stay() {
    let mut mask = Mask::new(vec![("127.0.0.1:4711".to_owned(), "RMS")]);
    let said = mask.text("20260403T213001-a1b2 127.0.0.1:4711 2026-04-03T21:30:01+09:00 20260403T213001-a1b2 20260403T213002-0000 555001-20260401-0000000101 2026-04-03");
    assert_eq!(said, "RUN-1 RMS 2026-04-03-time+09:00 RUN-1 RUN-2 555001-20260401-0000000101 2026-04-03");
}
