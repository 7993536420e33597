//! The second opinion: compare.py, where there is a Python to run it.

use std::fs;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::Command;

use crate::case::Case;
use crate::home;

/// Judges captures in one process: pairs of arguments in, one line each out.
const JUDGE_ALL: &str = "
import sys
import compare
arguments = sys.argv[1:]
for pair in zip(arguments[::2], arguments[1::2]):
    compare.main(list(pair))
";

/// The script, ready to run.
pub(crate) struct Script;

impl Script {
    /// Looks for a Python that can run the script. Without one it says SKIPPED, or fails if the
    /// environment variable `SWITCHLAB_NO_SKIP` is set, as in CI.
    pub(crate) fn find() -> Option<Self> {
        let found = Command::new("python3")
            .args(["-c", "import tomllib"])
            .output();
        if found.is_ok_and(|output| output.status.success()) {
            return Some(Self);
        }
        assert!(
            std::env::var_os("SWITCHLAB_NO_SKIP").is_none(),
            "there is no python3 of version 3.11 or later"
        );
        // Not a print macro, whose text the test harness would keep to itself.
        let _ = writeln!(
            io::stderr(),
            "SKIPPED: no python3 of version 3.11 or later; compare.py has not judged anything"
        );
        None
    }

    /// Has the script check itself against recordings: they pass, and with any damage they fail.
    pub(crate) fn test_itself(&self, folders: impl Iterator<Item = PathBuf>) {
        let output = Command::new("python3")
            .arg(home().join("compare.py"))
            .arg("--self-test")
            .args(folders)
            .output()
            .expect("python3 has been found");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "the script fails itself\n{said}");
    }

    /// What the script says of each capture, in one line that begins with `PASS` or `FAIL`.
    pub(crate) fn judge(&self, captures: &[(Case, Vec<u8>)]) -> Vec<String> {
        let folder = tempfile::tempdir().expect("a folder for captures");
        let mut python = Command::new("python3");
        python.current_dir(home()).args(["-B", "-c", JUDGE_ALL]);
        for (number, (case, capture)) in captures.iter().enumerate() {
            let path = folder.path().join(format!("{number}.pcapng"));
            fs::write(&path, capture).expect("a capture on disk");
            python.arg(&case.folder).arg(path);
        }
        let output = python.output().expect("python3 has been found");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let is_verdict = |line: &&str| line.starts_with("PASS ") || line.starts_with("FAIL ");
        let verdicts: Vec<_> = said.lines().filter(is_verdict).map(str::to_owned).collect();
        assert_eq!(
            verdicts.len(),
            captures.len(),
            "one verdict each\n{said}\n{}",
            String::from_utf8_lossy(&output.stderr)
        );
        verdicts
    }
}
