//! `switchlab run`: a lab, from its file to its report.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::process::ExitCode;

use switchlab::capture::WriteError;
use switchlab::core::PortId;
use switchlab::scenario::{self, AccessLog, Ready, Report, Wiretap};
use switchlab::topology::{End, Topology};

use crate::args::Run;
use crate::failure::Failure;
use crate::progress::Progress;
use crate::{files, terminal};

/// What the program ends with if an expectation did not come true.
const NOT_AS_EXPECTED: u8 = 1;

/// What is written besides the report: checked before any work is done.
///
/// Of a run that does not reach its end there are capture and access log, as far as it went, but no
/// report: then the files of reports are as they were.
struct Outputs<'a> {
    json: Option<&'a Path>,
    junit: Option<&'a Path>,
    tap: Option<(&'a Path, Wiretap<BufWriter<File>>)>,
    log: Option<(&'a Path, AccessLog<BufWriter<File>>)>,
}

pub(crate) fn run(args: &Run) -> Result<ExitCode, Failure> {
    let text = files::read_text(&args.file)?;
    let mut lab = scenario::lab_from_toml(&text, &args.file.to_string_lossy(), args.seed)?;
    // Where the file lies is nobody's business.
    lab.name = files::name(&args.file);
    if let Some(budget) = args.budget {
        lab.lab.budget(budget);
    }
    let failed = |source| Failure::Run {
        path: args.file.clone(),
        source,
    };
    let ready = lab.build().map_err(failed)?;
    let mut outputs = Outputs::open(args, &ready)?;
    let mut progress = Progress::of(&ready);
    let tap = outputs.tap.as_mut().map(|(_, tap)| tap);
    let log = outputs.log.as_mut().map(|(_, log)| log);
    let report = ready.run(&mut (&mut progress, (tap, log)));
    drop(progress);
    // What was sent before a run failed is what its reader looks for.
    let finished = outputs.finish_capture().and(outputs.finish_log());
    let report = report.map_err(failed)?;
    finished?;
    outputs.write(&report)?;
    if args.prints_json() {
        terminal::print_json(&report)?;
    } else {
        let digest = match args.digest {
            true => format!("\ndigest {}\n", report.digest),
            false => String::new(),
        };
        terminal::print(&(report.to_text(true) + &digest))?;
    }
    Ok(match report.has_passed() {
        true => ExitCode::SUCCESS,
        false => ExitCode::from(NOT_AS_EXPECTED),
    })
}

impl<'a> Outputs<'a> {
    fn open(args: &'a Run, ready: &Ready) -> Result<Self, Failure> {
        let json = args.json_file();
        let junit = args.junit.as_deref();
        let capture = args.pcapng.as_deref();
        let log = args.access_log.as_deref();
        let ports = args
            .ports
            .iter()
            .map(|port| end(port, ready.topology()))
            .collect::<Result<Vec<_>, _>>()?;
        files::are_different(&[Some(&*args.file), json, junit, capture, log])?;
        for path in [json, junit].into_iter().flatten() {
            files::check_writable(path)?;
        }
        let tap = match capture {
            None => None,
            Some(path) => {
                let file = files::create(path)?;
                let mut comment = format!("switchlab run of {}", files::name(&args.file));
                for note in ready.notes() {
                    comment += "\nnote: ";
                    comment += note;
                }
                let tap = Wiretap::new(file, Some(&comment), ready.topology(), &ports);
                Some((path, tap.map_err(capture_failure(path))?))
            }
        };
        let log = match log {
            None => None,
            Some(path) => Some((path, AccessLog::new(files::create(path)?))),
        };
        Ok(Self {
            json,
            junit,
            tap,
            log,
        })
    }

    /// Writes what the capture still lacks.
    fn finish_capture(&mut self) -> Result<(), Failure> {
        match self.tap.take() {
            Some((path, tap)) => tap.finish().map(drop).map_err(capture_failure(path)),
            None => Ok(()),
        }
    }

    /// Writes what the access log still lacks.
    fn finish_log(&mut self) -> Result<(), Failure> {
        match self.log.take() {
            Some((path, log)) => log.finish().map(drop).map_err(files::write_failure(path)),
            None => Ok(()),
        }
    }

    fn write(&self, report: &Report) -> Result<(), Failure> {
        if let Some(path) = self.json {
            let mut file = files::create(path)?;
            let written = report.write_json(&mut file).and_then(|()| file.flush());
            written.map_err(files::write_failure(path))?;
        }
        if let Some(path) = self.junit {
            let mut file = files::create(path)?;
            let written = file.write_all(report.to_junit().as_bytes());
            let written = written.and_then(|()| file.flush());
            written.map_err(files::write_failure(path))?;
        }
        Ok(())
    }
}

fn capture_failure(path: &Path) -> impl FnOnce(WriteError) -> Failure + use<'_> {
    |source| Failure::Capture {
        path: path.to_owned(),
        source,
    }
}

/// The end that `NODE:PORT` names. (Names of nodes may hold colons: the last one counts.)
fn end(given: &str, topology: &Topology) -> Result<End, Failure> {
    let fail = |help| Failure::Port {
        given: given.to_owned(),
        help,
    };
    let Some((name, port)) = given.rsplit_once(':') else {
        return Err(fail("write NODE:PORT, as client:0".to_owned()));
    };
    let Some(node) = topology.find(name) else {
        let known: Vec<_> = topology.nodes().map(|(_, node)| &*node.name).collect();
        return Err(fail(format!("there is {}", known.join(", "))));
    };
    let ports = topology.node(node).ports;
    let Some(port) = port.parse().ok().filter(|port| *port < ports) else {
        return Err(fail(match ports {
            0 => format!("{name} has no ports"),
            1 => format!("{name} has the port 0 only"),
            _ => format!("{name} has the ports 0 to {}", ports - 1),
        }));
    };
    let end = End {
        node,
        port: PortId::new(port),
    };
    match topology.peer(end) {
        Some(_) => Ok(end),
        None => Err(fail("no link is plugged into that port".to_owned())),
    }
}
