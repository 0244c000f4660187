//! The pretend RMS.
