//! The replies of `aws elbv2 describe-*` become a lab file.
//!
//! | module | idea |
//! |---|---|
//! | `shapes` | the shapes of the API (2015-12-01), as far as a lab needs them |
//! | `members` | JSON as shapes read it: an object is no list |
//! | `answers` | files of replies: which answers are in them, and whose |
//! | `account`, `join`, `whose` | the objects of an account; answers put together; whose an answer is |
//! | `gaps` | what replies do not tell, or tell twice in different words |
//! | `moment` | what the account is in at the moment, and no lab has |
//! | `refusal` | [`Refusal`], [`ImportError`]: what ELB would refuse, what cannot be read |
//! | `quotas` | [`Quota`]: what ELB has raised for the account |
//! | `balancers`, `listeners`, `groups`, `targets`, `attributes` | what ELB refuses of each |
//! | `settings` | what balancers, listeners and groups come to at layer 7 |
//! | `conditions`, `actions`, `plan` | rules at layer 7, and what layer 7 refuses |
//! | `lab`, `write`, `write_rules` | the lab file, and its tables |
//!
//! Answers may come in any number of files, several in one file, in any order; see [`import`].

mod account;
mod actions;
mod answers;
mod attributes;
mod balancers;
mod conditions;
mod gaps;
mod groups;
mod join;
mod lab;
mod listeners;
mod members;
mod moment;
mod plan;
mod quotas;
mod refusal;
mod settings;
mod shapes;
mod targets;
mod whose;
mod write;
mod write_rules;

pub use quotas::{Quota, QuotaError};
pub use refusal::{ImportError, Refusal, Unreadable};

use account::Account;
use refusal::Refusals;
use targets::Addresses;

/// A file of replies.
#[derive(Debug, Clone, Copy)]
pub struct Reply<'a> {
    /// What it is called: `target-health--NAME.json` and the like tell whose an answer is that does not
    /// say so itself.
    pub name: &'a str,
    /// What it holds.
    pub text: &'a str,
}

/// A lab made from replies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// The lab file.
    pub lab: String,
    /// The names of the listeners, `BALANCER:PORT`.
    pub listeners: Vec<String>,
    /// What a reader should know: what was left out, and why; what no reply tells, and which command would.
    pub notes: Vec<String>,
}

/// Makes a lab from replies.
///
/// Application load balancers become nodes; balancers of other types are left out, and a note says so.
///
/// # Errors
/// Files that cannot be read and replies without which there is no lab, or else everything that ELB would refuse.
///
/// ```
/// use switchlab_import::elbv2::{Reply, import};
///
/// let balancers = r#"{ "LoadBalancers": [{
///     "LoadBalancerName": "shop", "Type": "application",
///     "AvailabilityZones": [{ "ZoneName": "eu-west-1a" }, { "ZoneName": "eu-west-1b" }]
/// }] }"#;
/// let listeners = r#"{ "Listeners": [{
///     "LoadBalancerArn": "shop", "Port": 80, "Protocol": "HTTP",
///     "DefaultActions": [{ "Type": "fixed-response", "FixedResponseConfig": { "StatusCode": "404" } }]
/// }] }"#;
/// let reply = |name, text| Reply { name, text };
/// let replies = [reply("load-balancers.json", balancers), reply("listeners.json", listeners)];
/// let imported = import(&replies)?;
/// assert_eq!(imported.listeners, ["shop:80"]);
/// assert!(imported.lab.contains("default = { fixed_response = { status = 404"));
/// # Ok::<(), switchlab_import::elbv2::ImportError>(())
/// ```
pub fn import(replies: &[Reply<'_>]) -> Result<Imported, ImportError> {
    import_with(replies, &[])
}

/// Makes a lab from replies of an account that ELB has raised quotas for; of two of one name the later counts.
///
/// The quotas become `quotas` of every balancer of the lab.
///
/// # Errors
/// As of [`import`], and no more than the quotas allow is not too much.
///
/// ```
/// use switchlab_import::elbv2::{Quota, Reply, import_with};
///
/// let account = r#"{ "LoadBalancers": [{ "LoadBalancerName": "shop", "Type": "application",
///     "AvailabilityZones": [{ "ZoneName": "eu-west-1a" }, { "ZoneName": "eu-west-1b" }] }] }"#;
/// let replies = [Reply { name: "account.json", text: account }];
/// let raised: Quota = "rules=200".parse()?;
/// let imported = import_with(&replies, &[raised])?;
/// assert!(imported.lab.contains("quotas = { rules = 200 }"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn import_with(replies: &[Reply<'_>], raised: &[Quota]) -> Result<Imported, ImportError> {
    let answers = answers::read(replies).map_err(ImportError::Unreadable)?;
    let mut refusals = Refusals::default();
    let mut account = Account::of(answers, &mut refusals).map_err(ImportError::Unreadable)?;
    let missing = account.missing_groups();
    if !missing.is_empty() {
        return Err(ImportError::Unreadable(missing));
    }
    account.note_what_is_left_out();
    account.note_what_is_so_now();
    account.note_gaps();
    balancers::check(&account, &mut refusals);
    listeners::check(&account, &mut refusals);
    let addresses = Addresses::of(&account);
    groups::check(&account, &addresses, &mut refusals);
    let plans = plan::plans(&account, &addresses, raised, &mut refusals);
    let refusals = refusals.into_vec();
    if !refusals.is_empty() {
        return Err(ImportError::Refused(refusals));
    }
    if plans.is_empty() {
        return Err(ImportError::Unreadable(vec![Unreadable {
            code: refusal::MISSING,
            resource: replies.iter().map(|reply| reply.name).collect::<Vec<_>>().join(", "),
            message: "there is no application load balancer; a reply of describe-load-balancers with one would be right".to_owned(),
        }]));
    }
    Ok(lab::lab(&account, &plans, &addresses, raised))
}
