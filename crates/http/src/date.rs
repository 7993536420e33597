//! Dates as HTTP writes them.

/// A moment, in seconds since 1970-01-01T00:00:00Z, as `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 §5.6.7).
///
/// Years past 9999 are written with as many digits as they need.
#[must_use]
pub fn http_date(unix_seconds: u64) -> String {
    const WEEKDAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let (days, second) = (unix_seconds / 86_400, unix_seconds % 86_400);
    let weekday = WEEKDAYS[(days % 7) as usize];
    let (year, month, day) = civil(days);
    format!(
        "{weekday}, {day:02} {} {year:04} {:02}:{:02}:{:02} GMT",
        MONTHS[month as usize - 1],
        second / 3_600,
        second / 60 % 60,
        second % 60
    )
}

/// A moment, in seconds since 1970-01-01T00:00:00Z and microseconds, as `1994-11-06T08:49:37.000000Z`
/// (ISO 8601, as access logs write it).
#[must_use]
pub fn iso_date(unix_seconds: u64, micros: u32) -> String {
    let (days, second) = (unix_seconds / 86_400, unix_seconds % 86_400);
    let (year, month, day) = civil(days);
    format!(
        "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}.{micros:06}Z",
        second / 3_600,
        second / 60 % 60,
        second % 60
    )
}

/// Year, month from 1 and day from 1 of a day counted from 1970-01-01.
fn civil(days: u64) -> (u64, u64, u64) {
    // Years that begin in March put the leap day at their end; 400 of them have 146 097 days.
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = (month_from_march + 2) % 12;
    let year = era * 400 + year_of_era + u64::from(month < 2);
    (year, month + 1, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_read_as_the_standard_shows_them() {
        #[rustfmt::skip]
        let rows = [
            (784_111_777,   "Sun, 06 Nov 1994 08:49:37 GMT", "1994-11-06T08:49:37.000042Z", "the standard's own example"),
            (0,             "Thu, 01 Jan 1970 00:00:00 GMT", "1970-01-01T00:00:00.000042Z", "the epoch"),
            (951_782_400,   "Tue, 29 Feb 2000 00:00:00 GMT", "2000-02-29T00:00:00.000042Z", "a leap day of a century"),
            (1_735_689_600, "Wed, 01 Jan 2025 00:00:00 GMT", "2025-01-01T00:00:00.000042Z", "a lab's first day"),
            (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT", "2100-03-01T00:00:00.000042Z", "a century that has no leap day"),
        ];
        for (seconds, text, iso, because) in rows {
            assert_eq!(http_date(seconds), text, "{because}");
            assert_eq!(iso_date(seconds, 42), iso, "{because}");
        }
    }
}
