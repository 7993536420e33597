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

/// Finds out whether the file can be written without touching what it holds, so that a path that
/// cannot is known before any work is done. A file that was not there is not there afterwards, and a
/// pipe is opened only once, when there is something to write.
pub(crate) fn check_writable(path: &Path) -> Result<(), Failure> {
    if fs::metadata(path).is_ok_and(|found| !found.is_file() && !found.is_dir()) {
        return Ok(());
    }
    let is_new = fs::symlink_metadata(path).is_err();
    let opened = File::options().append(true).create(true).open(path);
    opened.map_err(write_failure(path))?;
    if is_new {
        fs::remove_file(path).map_err(write_failure(path))?;
    }
    Ok(())
}

/// Makes the file, or empties it.
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
