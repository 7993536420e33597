//! Files in and out, with errors that name them.

use std::fs::{self, File};
use std::io::{self, BufWriter};
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
        .map_err(write_failure(path))
}

/// What a failure to write means, with the name of the file.
pub(crate) fn write_failure(path: &Path) -> impl FnOnce(io::Error) -> Failure + use<'_> {
    |source| Failure::Write {
        path: path.to_owned(),
        source,
    }
}

/// Refuses to write two things into one file.
pub(crate) fn are_different(paths: &[Option<&Path>]) -> Result<(), Failure> {
    let paths: Vec<_> = paths.iter().flatten().collect();
    let mut sorted = paths.clone();
    sorted.sort();
    match sorted.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(Failure::SameFile {
            path: pair[0].to_path_buf(),
        }),
        None => Ok(()),
    }
}

/// The last part of a path, as it is told in captures: where a file lies is nobody's business.
pub(crate) fn name(path: &Path) -> String {
    path.file_name()
        .unwrap_or(path.as_os_str())
        .to_string_lossy()
        .into_owned()
}
