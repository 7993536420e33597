//! Frames in files: pcapng in and out.
#![forbid(unsafe_code)]
