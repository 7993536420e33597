//! Files in and out, with errors that name them.

use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

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

/// Whether a path means standard output: `-`, or the name that it has as a file.
pub(crate) fn is_standard_output(path: &Path) -> bool {
    ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"]
        .map(Path::new)
        .contains(&path)
}

/// The files of a folder whose names have this ending, in the order of their names.
pub(crate) fn ending_in(folder: &Path, ending: &str) -> Result<Vec<PathBuf>, Failure> {
    let failure = |source| Failure::Read {
        path: folder.to_owned(),
        source,
    };
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(failure)? {
        let path = entry.map_err(failure)?.path();
        if path.is_file() && path.extension().is_some_and(|it| it == ending) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
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

/// Makes the file with these octets.
pub(crate) fn write(path: &Path, octets: &[u8]) -> Result<(), Failure> {
    fs::write(path, octets).map_err(write_failure(path))
}

/// What a failure to write means, with the name of the file.
pub(crate) fn write_failure(path: &Path) -> impl FnOnce(io::Error) -> Failure + use<'_> {
    |source| Failure::Write {
        path: path.to_owned(),
        source,
    }
}

/// Refuses to write two things into one file, or over what was read, however the file is spelled.
pub(crate) fn are_different(paths: &[Option<&Path>]) -> Result<(), Failure> {
    let mut seen = Vec::new();
    for path in paths.iter().flatten() {
        let Some(identity) = identity(path) else {
            continue;
        };
        if seen.contains(&identity) {
            return Err(Failure::SameFile {
                path: path.to_path_buf(),
            });
        }
        seen.push(identity);
    }
    Ok(())
}

/// The one name of a file, also of one that is not there yet; none of what is no file, such as a terminal.
fn identity(path: &Path) -> Option<PathBuf> {
    if let Ok(found) = fs::canonicalize(path) {
        return fs::metadata(&found)
            .is_ok_and(|it| it.is_file())
            .then_some(found);
    }
    let folder = match path.parent()? {
        here if here.as_os_str().is_empty() => Path::new("."),
        folder => folder,
    };
    Some(fs::canonicalize(folder).ok()?.join(path.file_name()?))
}

/// The last part of a path, as it is told in captures: where a file lies is nobody's business.
pub(crate) fn name(path: &Path) -> String {
    path.file_name()
        .unwrap_or(path.as_os_str())
        .to_string_lossy()
        .into_owned()
}
