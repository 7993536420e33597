//! Commands: targets that come and go, rules that change.

use std::any::Any;
use std::sync::Arc;

use switchlab_balance::{RegisterError, SmoothWeights, Target};
use switchlab_core::{Command, ControlError, Instant};

use crate::switch::{L7Switch, Listener};
use crate::{Rule, RuleTable, SetRule};

impl L7Switch {
    /// Does what an administrator asks.
    pub(crate) fn obey(&mut self, now: Instant, command: &Command) -> Result<(), ControlError> {
        let refused = |because: String| ControlError::Refused {
            command: command.to_string(),
            because,
        };
        let because = |error: RegisterError| refused(error.to_string());
        match command {
            Command::Register { group, target } => {
                let group = self.group(group)?;
                if !target.is_ipv4() {
                    return Err(refused("an IPv4 address would be right".to_owned()));
                }
                let zone = self
                    .config
                    .zone_of(self.groups[group].targets.name(), *target);
                let target = Target {
                    zone,
                    ..Target::from(*target)
                };
                let target = self.config.preset.target(target);
                let targets = &mut self.groups[group].targets;
                targets.register(now, target).map_err(because)?;
                self.tend(now, group);
            }
            Command::Deregister { group, target } => {
                let group = self.group(group)?;
                self.groups[group]
                    .targets
                    .deregister(now, *target)
                    .map_err(because)?;
                self.tend(now, group);
            }
            // Its clients tell what is unfinished.
            Command::Conclude => {}
            Command::Announce => self.events.extend(self.dns.announce()),
            Command::Configure(setting) => {
                let setting: &dyn Any = &**setting;
                match setting.downcast_ref() {
                    Some(set) => self.set_rule(now, set)?,
                    None => {
                        return Err(ControlError::Unsupported {
                            command: command.to_string(),
                        });
                    }
                }
            }
            _ => {
                return Err(ControlError::Unsupported {
                    command: command.to_string(),
                });
            }
        }
        Ok(())
    }

    /// The place of a group, for a command that names it.
    fn group(&self, name: &str) -> Result<usize, ControlError> {
        let place = self.groups.iter().position(|group| group.is_named(name));
        place.ok_or_else(|| ControlError::Unknown {
            kind: "target group",
            name: name.to_owned(),
            known: self
                .groups
                .iter()
                .map(|group| group.targets.name().to_string())
                .collect(),
        })
    }

    fn set_rule(&mut self, now: Instant, set: &SetRule) -> Result<(), ControlError> {
        let SetRule {
            listener: port,
            rule,
        } = set;
        let place = self
            .listeners
            .iter()
            .position(|listener| listener.config.port == *port);
        let place = place.ok_or_else(|| ControlError::Unknown {
            kind: "listener",
            name: port.to_string(),
            known: self
                .listeners
                .iter()
                .map(|listener| listener.config.port.to_string())
                .collect(),
        })?;
        let Listener {
            config,
            table,
            turns,
            ..
        } = &mut self.listeners[place];
        let errors = self.config.rule_errors(config, rule);
        if !errors.is_empty() {
            let because: Vec<_> = errors.into_iter().map(|wrong| wrong.because).collect();
            return Err(ControlError::Refused {
                command: set.to_string(),
                because: because.join("; "),
            });
        }
        let priorities = |rule: &Rule| rule.priority;
        match table
            .rules()
            .binary_search_by_key(&rule.priority, priorities)
        {
            Ok(same) => {
                config.rules.retain(|other| other.priority != rule.priority);
                turns[same] = SmoothWeights::default();
            }
            Err(between) => turns.insert(between, SmoothWeights::default()),
        }
        config.rules.push(rule.clone());
        *table = RuleTable::new(config).expect("expressions were found to be right");
        for group in 0..self.groups.len() {
            let name = Arc::clone(self.groups[group].targets.name());
            let in_use = self
                .listeners
                .iter()
                .any(|listener| listener.config.uses(&name));
            self.groups[group].targets.set_in_use(now, in_use);
            self.tend(now, group);
        }
        Ok(())
    }
}
