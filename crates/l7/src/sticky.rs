//! Sticky sessions: the cookies that bind a client to its target, as ELB names them.

use std::net::IpAddr;

use switchlab_balance::{Stickiness, TargetGroup, TargetId, Tokens};
use switchlab_core::Instant;
use switchlab_http::{Fields, SetCookie, http_date};

/// The cookie that binds a client to a target from the first answer on.
const LB_COOKIE: &str = "AWSALB";
/// The cookie that does so beside one of the application.
const APP_COOKIE: &str = "AWSALBAPP-0";
/// How long the cookies themselves live, in seconds, whatever the stickiness: 7 days.
const LIFE: u64 = 7 * 86_400;

/// What a request had to say about the target it belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Session {
    /// The target it is bound to, if that may have requests.
    pub(crate) bound: Option<TargetId>,
    /// Whether it is bound to one that may not.
    pub(crate) is_lost: bool,
    /// Whether it belongs to a session of the application, which every answer renews.
    has_app_cookies: bool,
}

impl Session {
    /// The session of a request that came from `source`.
    pub(crate) fn of(
        targets: &TargetGroup,
        tokens: &Tokens,
        now: Instant,
        fields: &Fields,
        source: IpAddr,
    ) -> Self {
        let bound_by = |cookie: &str, span| {
            let mut values = cookies(fields, cookie);
            let (address, issued) =
                values.find_map(|token| tokens.target(targets.name(), token))?;
            let is_fresh = now < Instant::from_secs(issued) + span;
            targets.find(address).filter(|_| is_fresh)
        };
        let of = |named: Option<TargetId>, has_app_cookies| {
            let bound = named.filter(|target| targets.is_eligible(*target));
            Self {
                bound,
                is_lost: bound.is_none() && named.is_some(),
                has_app_cookies,
            }
        };
        match targets.stickiness() {
            None => Self::default(),
            Some(Stickiness::LbCookie { duration }) => of(bound_by(LB_COOKIE, *duration), false),
            Some(Stickiness::AppCookie { name, duration }) => {
                let has_app_cookies = cookies(fields, name).next().is_some()
                    && cookies(fields, APP_COOKIE).next().is_some();
                let named = bound_by(APP_COOKIE, *duration).filter(|_| has_app_cookies);
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
        let cookies: &[Cookie] = match targets.stickiness() {
            Some(Stickiness::LbCookie { .. }) => &[(LB_COOKIE, ""), ("AWSALBCORS", CORS)],
            Some(Stickiness::AppCookie { name, .. })
                if self.has_app_cookies || sets(answer, name) =>
            {
                &[(APP_COOKIE, "")]
            }
            _ => return,
        };
        let token = tokens.bind_target(targets.name(), targets.address(target), second);
        set(answer, cookies, &token, epoch.saturating_add(second));
    }
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
        let added = fields.append("Set-Cookie", cookie);
        added.expect("tokens and dates are visible ASCII");
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
