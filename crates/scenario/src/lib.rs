//! Labs as files: the file format, its errors, expectations and reports.
#![forbid(unsafe_code)]
