//! Files in and out, with errors that name them.

use std::fs::{self, File};
use std::io::BufWriter;
use std::path::Path;

use crate::failure::Failure;

pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(path).map_err(|source| Failure::Read {
        path: path.to_owned(),
        source,
    })
}

pub(crate) fn read_text(path: &Path) -> Result<String, Failure> {
    fs::read_to_string(path).map_err(|source| Failure::Read {
        path: path.to_owned(),
        source,
    })
}

/// Makes the file, so that a path that cannot be written is known before any work is done.
pub(crate) fn create(path: &Path) -> Result<BufWriter<File>, Failure> {
    File::create(path)
        .map(BufWriter::new)
        .map_err(|source| Failure::Write {
            path: path.to_owned(),
            source,
        })
}

/// The last part of a path, as it is told in captures: where a file lies is nobody's business.
pub(crate) fn name(path: &Path) -> String {
    path.file_name()
        .unwrap_or(path.as_os_str())
        .to_string_lossy()
        .into_owned()
}
