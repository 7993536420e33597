//! Sticky sessions: the cookies that bind a client to its target, as ELB names them.

use std::net::IpAddr;

use switchlab_balance::{Stickiness, TargetGroup, TargetId, Tokens};
use switchlab_core::{Instant, TargetState};
use switchlab_http::{Fields, SetCookie, http_date};

use crate::{Forward, Preset};

/// The cookie that binds a client to a group of a forward action.
const GROUP_COOKIE: &str = "AWSALBTG";
/// How long the cookies themselves live, in seconds, whatever the stickiness: 7 days.
const LIFE: u64 = 7 * 86_400;

/// What a request had to say about the target it belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Session {
    /// The target it is bound to, if that may have requests.
    pub(crate) bound: Option<TargetId>,
    /// Whether it is bound to one that may not, and is registered.
    pub(crate) is_lost: bool,
    /// Whether it belongs to a session of the application, which every answer renews.
    has_app_cookies: bool,
    /// Whose names the cookies have.
    preset: Preset,
}

impl Session {
    /// The session of a request that came from `source`.
    pub(crate) fn of(
        preset: Preset,
        targets: &TargetGroup,
        tokens: &Tokens,
        now: Instant,
        fields: &Fields,
        source: IpAddr,
    ) -> Self {
        let [lb_cookie, _, beside] = preset.cookies();
        let bound_by = |cookie: &str, span| {
            let mut values = cookies(fields, cookie);
            let fresh = |token| {
                let (address, issued) = tokens.target(targets.name(), token)?;
                (now < issued + span).then_some(address)
            };
            targets.find(values.find_map(fresh)?)
        };
        let of = |named: Option<TargetId>, has_app_cookies| {
            // A cookie that outlives its target names nobody.
            let is_registered = |it: &TargetId| targets.state(*it) != TargetState::Unused;
            let named = named.filter(is_registered);
            let bound = named.filter(|target| targets.is_eligible(*target));
            Self {
                bound,
                is_lost: bound.is_none() && named.is_some(),
                has_app_cookies,
                preset,
            }
        };
        match targets.stickiness() {
            None => Self::default(),
            Some(Stickiness::LbCookie { duration }) => of(bound_by(lb_cookie, *duration), false),
            Some(Stickiness::AppCookie { name, duration }) => {
                let has_app_cookies = cookies(fields, name).next().is_some()
                    && cookies(fields, beside).next().is_some();
                let named = bound_by(beside, *duration).filter(|_| has_app_cookies);
                of(named, has_app_cookies)
            }
            Some(_) => of(targets.bound(now, source), false),
        }
    }

    /// Puts the cookies into an answer that bind its client to the target from `now` on.
    pub(crate) fn bind(
        self,
        answer: &mut Fields,
        targets: &TargetGroup,
        tokens: &Tokens,
        target: TargetId,
        now: Instant,
        epoch: u64,
    ) {
        let second = now.as_nanos() / 1_000_000_000;
        let [lb_cookie, twin, beside] = self.preset.cookies();
        let cookies: &[Cookie] = match targets.stickiness() {
            Some(Stickiness::LbCookie { .. }) => &[(lb_cookie, ""), (twin, CORS)],
            Some(Stickiness::AppCookie { name, .. })
                if self.has_app_cookies || sets(answer, name) =>
            {
                &[(beside, "")]
            }
            _ => return,
        };
        let token = tokens.bind_target(targets.name(), targets.address(target), now);
        set(answer, cookies, &token, epoch.saturating_add(second));
    }
}

/// How the access log of ELB calls what is wrong with a cookie that is no token.
pub(crate) const COOKIE_INVALID: &str = "AWSALBTGCookieInvalid";

/// What became of the cookie that binds a client to a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum GroupCookie {
    /// There was none.
    Absent,
    /// It is no token: it was URL-encoded, say. ELB refuses the request; which status it answers is not
    /// told, so it is that of a malformed request.
    Invalid,
    /// It has expired, is of another rule or balancer, or names a group that gets nothing.
    Stale,
    /// It binds the client.
    Good,
}

impl GroupCookie {
    /// Why a request with this cookie fails, if it does.
    pub(crate) fn refusal(self) -> Option<(u16, &'static str)> {
        const BECAUSE: &str =
            "The request's AWSALBTG cookie is malformed or URL-encoded: AWSALBTGCookieInvalid.";
        (self == Self::Invalid).then_some((400, BECAUSE))
    }
}

/// What binds a client to one of the groups of a forward action.
#[derive(Debug, Clone, Copy)]
pub(crate) struct GroupSession {
    /// The place of the group among the shares of the action, if the client is bound to one.
    pub(crate) bound: Option<usize>,
    /// What the request's cookie says.
    pub(crate) cookie: GroupCookie,
    /// The listener and the rule, whose cookie is good for no other.
    action: (u16, u32),
}

impl GroupSession {
    /// What a request says of the groups of this action, which is that of rule `priority` of the listener at `port`, 0
    /// for the default; `None` if the action does not bind clients.
    ///
    /// A group that no longer has a weight gets nothing, bound or not.
    pub(crate) fn of(
        forward: &Forward,
        action: (u16, u32),
        tokens: &Tokens,
        now: Instant,
        fields: &Fields,
    ) -> Option<Self> {
        let span = forward.stickiness?;
        let groups = || forward.shares.iter().map(|share| &*share.group);
        let mut values = cookies(fields, GROUP_COOKIE);
        let bound = values.find_map(|token| {
            let (place, issued) = tokens.group(&name_of(action), groups(), token)?;
            (now < issued + span).then_some(place)
        });
        let bound = bound.filter(|place| forward.shares[*place].weight() > 0);
        let are_well_formed = cookies(fields, GROUP_COOKIE).map(Tokens::is_well_formed);
        let cookie = match are_well_formed.max() {
            _ if bound.is_some() => GroupCookie::Good,
            None => GroupCookie::Absent,
            Some(true) => GroupCookie::Stale,
            Some(false) => GroupCookie::Invalid,
        };
        Some(Self {
            bound,
            cookie,
            action,
        })
    }

    /// Puts the cookies into an answer that bind its client to the group from `now` on.
    pub(crate) fn bind(
        self,
        answer: &mut Fields,
        group: &str,
        tokens: &Tokens,
        now: Instant,
        epoch: u64,
    ) {
        let second = now.as_nanos() / 1_000_000_000;
        let token = tokens.bind_group(&name_of(self.action), group, now);
        let cookies = [(GROUP_COOKIE, ""), ("AWSALBTGCORS", CORS)];
        set(answer, &cookies, &token, epoch.saturating_add(second));
    }
}

/// How tokens call an action.
fn name_of((port, priority): (u16, u32)) -> String {
    format!("{port}/{priority}")
}

/// A cookie's name, and its attributes besides path and date.
type Cookie = (&'static str, &'static str);

/// What lets a cookie come along with requests from foreign pages.
const CORS: &str = "; SameSite=None; Secure";

/// Sets cookies of one token, at `second` since 1970.
fn set(fields: &mut Fields, cookies: &[Cookie], token: &str, second: u64) {
    let expires = http_date(second.saturating_add(LIFE));
    for (name, attributes) in cookies {
        let cookie = format!("{name}={token}; Expires={expires}; Path=/{attributes}");
        fields.add("Set-Cookie", cookie);
    }
}

/// The values of a request's cookies of this name.
pub(crate) fn cookies<'a>(fields: &'a Fields, name: &str) -> impl Iterator<Item = &'a [u8]> {
    let cookies = fields.cookies();
    cookies.filter_map(move |(other, value)| (other == name.as_bytes()).then_some(value))
}

/// Whether an answer sets the cookie of this name.
fn sets(answer: &Fields, name: &str) -> bool {
    let mut set = answer.get_all("set-cookie").filter_map(SetCookie::parse);
    set.any(|cookie| cookie.name == name)
}
