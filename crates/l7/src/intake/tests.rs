use super::*;

#[test]
fn a_request_is_judged_with_its_body() {
    let octets = b"POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\nGET";
    let config = IntakeConfig::default();
    for end in 0..octets.len() - 3 {
        let judged = judge(&octets[..end], &config);
        assert!(matches!(judged, Judged::Incomplete(_)), "at {end}");
    }
    let Judged::Request(request) = judge(octets, &config) else {
        panic!("a good request");
    };
    assert_eq!(request.head.path(), "/x");
    assert_eq!(request.body, b"hello");
    assert_eq!(request.consumed, octets.len() - 3);
    assert_eq!(request.desync, Desync::default());
    assert!(!request.close);
    let bad = b"POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhelloX";
    let Judged::Reject(rejection) = judge(bad, &config) else {
        panic!("a bad chunk is a refusal");
    };
    assert_eq!(rejection.status, 400);
}
