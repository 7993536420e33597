//! The head of a request where it lies: read and judged, but nothing of it copied.

use std::borrow::Cow;
use std::mem::MaybeUninit;

use httparse::{EMPTY_HEADER, Header, Request, Status, parse_headers};

use crate::Framing;
use crate::fields::place_of;
use crate::request::{Refusal, RequestHead, Version};
use crate::scan::{FEW_FIELDS, Fault, HeadProgress, LONGEST_START_LINE, Layout, MOST_FIELDS};
use crate::strict::{RequestLine, Said};
use crate::target::{path_of, query_of};

/// What rules ask a request for, whether its head is kept ([`RequestHead`]) or lies where it came
/// ([`RequestView`]).
pub trait RequestParts {
    /// The method. Methods are told apart by case.
    fn method(&self) -> &str;

    /// Path and query as they came, or `*`.
    fn target(&self) -> &str;

    /// The values of all fields of this name, in any case, in order.
    fn values<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a [u8]>;

    /// The target up to the first `?`.
    fn path(&self) -> &str {
        path_of(self.target())
    }

    /// The target behind the first `?`.
    fn query(&self) -> Option<&str> {
        query_of(self.target())
    }
}

impl RequestParts for RequestHead {
    fn method(&self) -> &str {
        self.method()
    }

    fn target(&self) -> &str {
        self.target()
    }

    fn values<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a [u8]> {
        self.fields.get_all(name)
    }
}

/// The head of a request among the octets that brought it, read strictly: for those who decide about
/// many requests and keep few. All it says is what [`RequestHead::parse`] of the same octets says.
#[derive(Debug)]
pub struct RequestView<'a> {
    pub(crate) octets: &'a [u8],
    pub(crate) method: &'a str,
    pub(crate) target: Cow<'a, str>,
    /// The authority of a target in absolute form, which takes the place of `Host`.
    pub(crate) authority: Option<&'a str>,
    pub(crate) version: Version,
    pub(crate) framing: Framing,
    pub(crate) fields: &'a [Header<'a>],
}

impl RequestParts for RequestView<'_> {
    fn method(&self) -> &str {
        self.method
    }

    fn target(&self) -> &str {
        &self.target
    }

    fn values<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a [u8]> {
        let is_host = |name: &str| name.eq_ignore_ascii_case("host");
        let authority = self.authority.filter(|_| is_host(name));
        let fields = match authority {
            Some(_) => &[],
            None => self.fields,
        };
        let named = fields
            .iter()
            .filter(move |field| field.name.eq_ignore_ascii_case(name));
        let authority = authority.map(str::as_bytes).into_iter();
        authority.chain(named.map(|field| field.value))
    }
}

impl RequestView<'_> {
    /// Reads a head at the beginning of `octets` and lets `see` have it.
    ///
    /// `None` if it is not whole yet. More octets never change a verdict once given.
    ///
    /// # Errors
    /// [`Refusal`] if no continuation could make a good head of it.
    pub fn read<R>(
        octets: &[u8],
        see: impl FnOnce(&RequestView<'_>) -> R,
    ) -> Result<Option<R>, Refusal> {
        Self::read_on(&mut HeadProgress::default(), octets, see)
    }

    /// How many octets the head takes.
    #[must_use]
    pub const fn octets(&self) -> usize {
        self.octets.len()
    }

    /// The version the client speaks.
    #[must_use]
    pub const fn version(&self) -> Version {
        self.version
    }

    /// Where the body ends.
    #[must_use]
    pub const fn framing(&self) -> Framing {
        self.framing
    }

    /// As [`read`](Self::read), of a head that comes in pieces, as [`RequestHead::read_on`] has it.
    pub(crate) fn read_on<R>(
        progress: &mut HeadProgress,
        octets: &[u8],
        see: impl FnOnce(&RequestView<'_>) -> R,
    ) -> Result<Option<R>, Refusal> {
        if progress.is_fresh() {
            let mut storage = [const { MaybeUninit::uninit() }; FEW_FIELDS];
            if let Some(view) = plain(octets, &mut storage) {
                return Ok(Some(see(&view)));
            }
        }
        let Some(layout) = progress.advance_strictly(octets)? else {
            return Ok(None);
        };
        let mut storage = [EMPTY_HEADER; MOST_FIELDS];
        Ok(Some(see(&laid_out(octets, layout, &mut storage)?)))
    }
}

/// A head in which neither httparse nor we find a fault, and whose lines end with CRLF right behind what
/// they say. `None` of any other, which is to be read line by line.
fn plain<'a>(
    octets: &'a [u8],
    storage: &'a mut [MaybeUninit<Header<'a>>],
) -> Option<RequestView<'a>> {
    let mut request = Request::new(&mut []);
    let whole = request.parse_with_uninit_headers(octets, storage);
    // No line of a short head is too long.
    let Ok(Status::Complete(end @ ..=LONGEST_START_LINE)) = whole else {
        return None;
    };
    let octets = &octets[..end];
    let (method, target) = (request.method?, request.path?);
    let start = place_of(method.as_bytes(), octets);
    let mut next = start + method.len() + " ".len() + target.len() + " HTTP/1.1".len();
    let version = octets.get(next - "HTTP/1.1".len()..next)?;
    let line = RequestLine::of(method, target, version).ok()?;
    let mut is_plain = matches!(octets[..start], [] | [b'\r', b'\n']);
    let mut said = Said::by(line.version);
    let fields = &*request.headers;
    for field in fields {
        let name = next + "\r\n".len();
        is_plain &= octets[next..name] == *b"\r\n" && !field.value.is_empty();
        said.add(field.name, field.value).ok()?;
        next = place_of(field.value, octets) + field.value.len();
    }
    is_plain &= octets[next..] == *b"\r\n\r\n";
    let view = view(octets, &line, said, fields).ok()?;
    is_plain.then_some(view)
}

/// A head whose lines have been found and judged one by one.
fn laid_out<'a>(
    octets: &'a [u8],
    layout: Layout,
    storage: &'a mut [Header<'a>],
) -> Result<RequestView<'a>, Refusal> {
    let line = &octets[layout.start..layout.fields_at];
    let line = RequestLine::read(line.strip_suffix(b"\r\n").unwrap_or(line))?;
    let Ok(Status::Complete((_, fields))) =
        parse_headers(&octets[layout.fields_at..layout.end], storage)
    else {
        return Err(Fault::Field.into());
    };
    let mut said = Said::by(line.version);
    for field in fields {
        said.add(field.name, field.value)?;
    }
    view(&octets[..layout.end], &line, said, fields)
}

/// The head of what its lines say together.
#[inline]
fn view<'a>(
    octets: &'a [u8],
    line: &RequestLine<'a>,
    said: Said,
    fields: &'a [Header<'a>],
) -> Result<RequestView<'a>, Refusal> {
    let (target, authority) = line.form.in_origin_form(line.method, line.target);
    Ok(RequestView {
        octets,
        method: line.method,
        target,
        authority,
        version: line.version,
        framing: said.finish()?,
        fields,
    })
}
