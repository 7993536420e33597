//! What Elastic Load Balancing refuses is refused: one thing at a time is made wrong in an account in
//! which nothing is.
//!
//! Messages in ELB's own words are those that it answered to the deployments recorded by
//! `badmintoncryer/cdk-preflight` (`rules/elbv2`), or to users of other tools.

mod account;

use account::{account, arn};
use serde_json::{Value, json};
use switchlab_import::elbv2::{ImportError, Imported, Refusal, Reply, import};

fn judged(account: &Value) -> Result<Imported, ImportError> {
    import(&[Reply {
        name: "account.json",
        text: &account.to_string(),
    }])
}

#[track_caller]
fn refused(account: &Value, because: &str) -> Vec<Refusal> {
    match judged(account) {
        Err(ImportError::Refused(refusals)) => refusals,
        other => panic!("{because}: {other:?}"),
    }
}

#[test]
fn an_account_with_nothing_wrong_is_imported() {
    let imported = judged(&account()).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(imported.listeners, ["shop:80", "shop:443"]);
    assert_eq!(imported.notes, [""; 0]);
    let loaded = switchlab_scenario::lab_from_toml(&imported.lab, "lab.toml", None);
    loaded.unwrap_or_else(|errors| panic!("{}", errors.render(false)));
}

/// Where something is put, what, and what is said of it: the code, the end of the ARN, a part of the message.
type Row = (
    &'static str,
    Value,
    &'static str,
    &'static str,
    &'static str,
);

#[track_caller]
fn hold(rows: Vec<Row>) {
    let mut wrong = String::new();
    for (place, value, code, resource, message) in rows {
        let mut account = account();
        let because = format!("{place} = {value}");
        // Behind the end of a list stands a new item.
        let (list, item) = place.rsplit_once('/').expect("a pointer");
        match account.pointer_mut(place) {
            Some(slot) => *slot = value,
            None => match account.pointer_mut(list).expect("a place") {
                Value::Array(items) => items.push(value),
                Value::Object(members) => drop(members.insert(item.to_owned(), value)),
                other => panic!("{place} is in {other}"),
            },
        }
        let refusals = refused(&account, &because);
        let is_it = |refusal: &Refusal| {
            refusal.code == code
                && refusal.resource.ends_with(resource)
                && refusal.message.contains(message)
        };
        if refusals.len() != 1 || !is_it(&refusals[0]) {
            wrong += &format!("{because}: {refusals:#?}\n");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

const VALUE: &str = "ValidationError";
const CONFIGURATION: &str = "InvalidConfigurationRequest";
const ACTION: &str = "InvalidLoadBalancerAction";

fn attribute(key: &str, value: &str) -> Value {
    json!({ "Key": key, "Value": value })
}

#[test]
fn of_load_balancers() {
    let zone = |zone: &str| json!({ "ZoneName": zone, "SubnetId": format!("subnet-{zone}") });
    let long = "a".repeat(33);
    #[rustfmt::skip]
    let rows: Vec<Row> = vec![
        ("/LoadBalancers/0/LoadBalancerName", json!(long), VALUE, "shop/b1", "cannot be longer than '32' characters"),
        ("/LoadBalancers/0/LoadBalancerName", json!("internal-shop"), VALUE, "shop/b1", "cannot begin with 'internal-'"),
        ("/LoadBalancers/0/LoadBalancerName", json!("shop-"), VALUE, "shop/b1", "cannot end with a hyphen(-)"),
        ("/LoadBalancers/0/LoadBalancerName", json!("-shop"), VALUE, "shop/b1", "cannot begin with a hyphen(-)"),
        ("/LoadBalancers/0/LoadBalancerName", json!("my_shop"), VALUE, "shop/b1", "alphanumeric characters and hyphens(-)"),
        ("/LoadBalancers/0/AvailabilityZones", json!([zone("eu-west-1a")]), VALUE, "shop/b1", "At least two subnets in two different"),
        ("/LoadBalancers/0/AvailabilityZones", json!([zone("a-1a"), zone("a-1b"), zone("a-1a")]), CONFIGURATION, "shop/b1", "multiple subnets in the same Availability Zone"),
        ("/LoadBalancers/0/AvailabilityZones/0/LoadBalancerAddresses", json!([{ "AllocationId": "eipalloc-1" }]), CONFIGURATION, "shop/b1", "Elastic IPs are not supported"),
        ("/LoadBalancers/0/AvailabilityZones/0/LoadBalancerAddresses", json!([{ "PrivateIPv4Address": "10.0.1.5" }]), CONFIGURATION, "shop/b1", "private IPv4 addresses for Network Load Balancers"),
        ("/LoadBalancers/0/EnablePrefixForIpv6SourceNat", json!("on"), CONFIGURATION, "shop/b1", "can only be specified for LoadBalancer type 'network'"),
        ("/LoadBalancers/0/EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic", json!("on"), CONFIGURATION, "shop/b1", "only available for Network Load Balancers"),
        ("/LoadBalancers/0/Scheme", json!("public"), VALUE, "shop/b1", "enum value set: [internet-facing, internal]"),
        ("/LoadBalancers/0/IpAddressType", json!("ipv6"), VALUE, "shop/b1", "'ipAddressType'"),
        ("/LoadBalancers/0/DNSName", json!("x_y.example"), VALUE, "shop/b1", "labels of letters, digits"),
        ("/LoadBalancers/1", json!({ "LoadBalancerName": "shop" }), "DuplicateLoadBalancerName", "shop", "'shop' exists"),
        ("/of shop/Attributes/0/Value", json!("4001"), VALUE, "shop/b1", "'idle_timeout.timeout_seconds'"),
        ("/of shop/Attributes/0/Value", json!("soon"), VALUE, "shop/b1", "an integer between 1 and 4000"),
        ("/of shop/Attributes/1/Value", json!("false"), CONFIGURATION, "shop/b1", "must always be 'true' for an Application Load Balancer"),
        ("/of shop/Attributes/1/Value", json!("yes"), VALUE, "shop/b1", "must be 'true' or 'false', but was 'yes'"),
        ("/of shop/Attributes/2/Value", json!("strict"), VALUE, "shop/b1", "'strict' must be one of [defensive, monitor, strictest]"),
        ("/of shop/Attributes/3", attribute("client_keep_alive.seconds", "59"), VALUE, "shop/b1", "must be an integer between 60 and 604800"),
        ("/of shop/Attributes/3", attribute("routing.http.xff_header_processing.mode", "delete"), VALUE, "shop/b1", "must be set as 'preserve', 'append', or 'remove'"),
        ("/of shop/Attributes/3", attribute("routing.http.idle_timeout.seconds", "60"), VALUE, "shop/b1", "key 'routing.http.idle_timeout.seconds' is not recognized"),
        ("/of shop/Attributes/3", attribute("dns_record.client_routing_policy", "any_availability_zone"), CONFIGURATION, "shop/b1", "is not recognized"),
        ("/of shop/Attributes/3", attribute("idle_timeout.timeout_seconds", "60"), VALUE, "shop/b1", "has been specified more than once"),
        ("/of shop/Attributes/3", attribute("access_logs.s3.enabled", "true"), CONFIGURATION, "shop/b1", "'access_logs.s3.bucket' must set"),
        ("/of shop/Attributes/3", attribute("connection_logs.s3.enabled", "true"), CONFIGURATION, "shop/b1", "in order to enable connection logs"),
    ];
    hold(rows);
}

#[test]
fn of_listeners() {
    let certificate = |arn: &str| json!({ "CertificateArn": arn });
    let iam = || certificate("arn:aws:iam::123456789012:server-certificate/a");
    let mutual = |mode: &str, key: &str, value: Value| json!({ "Mode": mode, key: value });
    #[rustfmt::skip]
    let rows: Vec<Row> = vec![
        ("/Listeners/0/Port", Value::Null, VALUE, "b1/c1", "A listener port must be specified"),
        ("/Listeners/0/Port", json!(65_536), VALUE, "b1/c1", "less than or equal to 65535"),
        ("/Listeners/0/Port", json!(443), "DuplicateListener", "b1/c2", "already exists on this port"),
        ("/Listeners/0/Protocol", json!("TCP"), VALUE, "b1/c1", "'TCP' must be one of 'HTTP, HTTPS'"),
        ("/Listeners/0/Protocol", json!("HTTPS"), VALUE, "b1/c1", "A certificate must be specified for HTTPS listeners"),
        ("/Listeners/0/Certificates", json!([iam()]), VALUE, "b1/c1", "A certificate cannot be specified for HTTP listeners"),
        ("/Listeners/0/SslPolicy", json!("ELBSecurityPolicy-2016-08"), VALUE, "b1/c1", "cannot be specifed for HTTP listeners"),
        ("/Listeners/0/AlpnPolicy", json!(["HTTP2Only"]), CONFIGURATION, "b1/c1", "You cannot set ALPN policy on load balancers of type 'application'"),
        ("/Listeners/0/MutualAuthentication", json!({ "Mode": "passthrough" }), CONFIGURATION, "b1/c1", "cannot be set for non secure listeners"),
        ("/Listeners/0/LoadBalancerArn", json!(arn("loadbalancer/app/shop/b2")), "LoadBalancerNotFound", "b1/c1", "not found"),
        ("/Listeners/1/Certificates/1", iam(), "TooManyCertificates", "b1/c2", "Up to '1' certificate ARNs can be specified, but '2' were specified"),
        ("/Listeners/1/Certificates/0", certificate("arn:aws:s3:::cert"), "CertificateNotFound", "b1/c2", "Certificate 'arn:aws:s3:::cert' not found"),
        ("/Listeners/1/Certificates/0", certificate("arn:aws:acm:us-east-1:1:certificate/1"), "CertificateNotFound", "b1/c2", "is not valid"),
        ("/Listeners/1/SslPolicy", json!("ELBSecurityPolicy-TLS-1-3-2024"), "SSLPolicyNotFound", "b1/c2", "SSL policy 'ELBSecurityPolicy-TLS-1-3-2024' not found"),
        ("/Listeners/1/MutualAuthentication/Mode", json!("required"), VALUE, "b1/c2", "Mutual Authentication mode required not found"),
        ("/Listeners/1/MutualAuthentication/Mode", json!("verify"), CONFIGURATION, "b1/c2", "mode verify requires a trust store arn"),
        ("/Listeners/1/MutualAuthentication", mutual("off", "AdvertiseTrustStoreCaNames", json!("on")), CONFIGURATION, "b1/c2", "mode off does not support advertise trust store ca names"),
        ("/Listeners/1/MutualAuthentication", mutual("passthrough", "IgnoreClientCertificateExpiry", json!(true)), CONFIGURATION, "b1/c2", "does not support ignoring client certificate expiry"),
        ("/Listeners/1/MutualAuthentication", mutual("off", "TrustStoreArn", json!("arn:x")), CONFIGURATION, "b1/c2", "trust store"),
        ("/of 80/Attributes/0/Value", json!("on"), VALUE, "b1/c1", "must be 'true' or 'false', but was 'on'"),
        ("/of 80/Attributes/0", attribute("tcp.idle_timeout.seconds", "350"), CONFIGURATION, "b1/c1", "The provided listener attribute is not supported"),
        ("/of 80/Attributes/0", attribute("tcp.idle_timeout_seconds", "350"), VALUE, "b1/c1", "Listener attribute key 'tcp.idle_timeout_seconds' is not recognized"),
        ("/of 80/Attributes/0", attribute("routing.http.response.x_frame_options.header_value", "ALLOW"), VALUE, "b1/c1", "[DENY, SAMEORIGIN], but was 'ALLOW'"),
        ("/of 80/Attributes/0", attribute("routing.http.response.x_content_type_options.header_value", "sniff"), VALUE, "b1/c1", "[nosniff], but was 'sniff'"),
        ("/of 80/Attributes/0", attribute("routing.http.response.access_control_max_age.header_value", "1\n2"), VALUE, "b1/c1", "control character"),
        ("/of 80/Attributes/0", attribute("routing.http.response.content_security_policy.header_value", &"a".repeat(1025)), VALUE, "b1/c1", "1 to 1024"),
        ("/of 80/Attributes/0", attribute("routing.http.request.x_amzn_tls_version.header_name", "x y"), VALUE, "b1/c1", "contains invalid characters"),
    ];
    hold(rows);
}

#[test]
fn of_target_groups() {
    let mut two_functions = json!([]);
    for name in ["f", "g"] {
        let id = format!("arn:aws:lambda:eu-west-1:123456789012:function:{name}");
        two_functions
            .as_array_mut()
            .expect("a list")
            .push(json!({ "Target": { "Id": id } }));
    }
    #[rustfmt::skip]
    let rows: Vec<Row> = vec![
        ("/TargetGroups/1/TargetGroupName", json!("a".repeat(33)), VALUE, "api/a2", "cannot be longer than '32' characters"),
        ("/TargetGroups/1/TargetGroupName", json!("-api"), VALUE, "api/a2", "regular expression pattern: (?!^-)"),
        ("/TargetGroups/1/TargetGroupName", json!("web"), "DuplicateTargetGroupName", "web/a1", "'web' exists"),
        ("/TargetGroups/0/TargetType", json!("pod"), VALUE, "web/a1", "'targetType'"),
        ("/TargetGroups/0/Port", Value::Null, VALUE, "web/a1", "A port must be specified"),
        ("/TargetGroups/0/Port", json!(0), VALUE, "web/a1", "greater than or equal to 1"),
        ("/TargetGroups/0/VpcId", Value::Null, VALUE, "web/a1", "A VPC ID must be specified"),
        ("/TargetGroups/0/VpcId", json!("vpc-2"), CONFIGURATION, "b1/c1", "in a different VPC than load balancer"),
        ("/TargetGroups/0/ProtocolVersion", json!("HTTP/2"), VALUE, "web/a1", "'HTTP/2' must be one of '[HTTP2, HTTP1, GRPC]'"),
        ("/TargetGroups/0/HealthCheckEnabled", json!(false), VALUE, "web/a1", "must be true for target groups with target type 'instance'"),
        ("/TargetGroups/0/HealthCheckProtocol", json!("UDP"), VALUE, "web/a1", "Health check protocol 'UDP' must be one of 'HTTP, HTTPS'"),
        ("/TargetGroups/0/HealthCheckPort", json!("65536"), VALUE, "web/a1", "must be within '1-65535' or 'traffic-port'"),
        ("/TargetGroups/0/HealthCheckPort", json!("+80"), VALUE, "web/a1", "Health check port '+80'"),
        ("/TargetGroups/0/HealthCheckPath", json!("/a b"), VALUE, "web/a1", "path \"/a b\" is none"),
        ("/TargetGroups/0/HealthCheckPath", json!("/\u{e9}"), VALUE, "web/a1", "is none"),
        ("/TargetGroups/0/Matcher/HttpCode", json!("399-200"), VALUE, "web/a1", "code '399-200' must be a code, or a range"),
        ("/TargetGroups/0/Matcher/HttpCode", json!("200-299-399"), VALUE, "web/a1", "code '200-299-399' must be a code, or a range"),
        ("/TargetGroups/0/Matcher/HttpCode", json!("+200"), VALUE, "web/a1", "code '+200' must be within"),
        ("/of web/Attributes", json!([attribute("stickiness.enabled", "true"), attribute("stickiness.type", "app_cookie"), attribute("stickiness.app_cookie.cookie_name", "a b;c")]), CONFIGURATION, "web/a1", "\"a b;c\" is no name"),
        ("/of web/Attributes/3", attribute("target_group_health.dns_failover.minimum_healthy_targets.count", "+1"), VALUE, "web/a1", "must be 'off' or a positive integer"),
        ("/of web/Attributes/3", attribute("target_group_health.dns_failover.minimum_healthy_targets.count", "4294967296"), VALUE, "web/a1", "must be 'off' or a positive integer"),
        ("/of web/Attributes/2/Value", json!("+30"), VALUE, "web/a1", "value '+30' must be between"),
        ("/TargetGroups/0/HealthCheckPort", json!("traffic_port"), VALUE, "web/a1", "Health check port 'traffic_port'"),
        ("/TargetGroups/0/HealthCheckIntervalSeconds", json!(600), VALUE, "web/a1", "Value '600' at 'healthCheckIntervalSeconds'"),
        ("/TargetGroups/0/HealthCheckTimeoutSeconds", json!(30), VALUE, "web/a1", "timeout '30' must be smaller than the interval '30'"),
        ("/TargetGroups/0/HealthCheckIntervalSeconds", json!(5), VALUE, "web/a1", "timeout '5' must be smaller than the interval '5'"),
        ("/TargetGroups/1/HealthCheckTimeoutSeconds", json!(40), VALUE, "api/a2", "timeout '40' must be smaller than the interval '30'"),
        ("/TargetGroups/1/HealthCheckIntervalSeconds", json!(5), VALUE, "api/a2", "timeout '5' must be smaller than the interval '5'"),
        ("/TargetGroups/0/HealthCheckPath", json!(""), VALUE, "web/a1", "greater than or equal to 1"),
        ("/TargetGroups/0/HealthCheckPath", json!("health"), VALUE, "web/a1", "path 'health' must begin with a '/'"),
        ("/TargetGroups/2/TargetControlPort", json!(80), VALUE, "fun/a3", "Target control port is not supported"),
        ("/TargetGroups/0/HealthCheckTimeoutSeconds", json!(1), VALUE, "web/a1", "greater than or equal to 2"),
        ("/TargetGroups/0/HealthyThresholdCount", json!(11), VALUE, "web/a1", "less than or equal to 10"),
        ("/TargetGroups/0/UnhealthyThresholdCount", json!("1"), VALUE, "web/a1", "greater than or equal to 2"),
        ("/TargetGroups/0/Matcher/HttpCode", json!("200-599"), VALUE, "web/a1", "code '599' must be within '200-499' inclusive"),
        ("/TargetGroups/0/Matcher", json!({ "GrpcCode": "0" }), VALUE, "web/a1", "Health check matcher HTTP code cannot be empty"),
        ("/TargetGroups/0/LoadBalancerArns/1", json!("arn:other"), "TargetGroupAssociationLimit", "web/a1", "cannot be associated with more than one load balancer"),
        ("/TargetGroups/1/TargetType", json!("instance"), "InvalidTarget", "api/a2", "'10.0.1.5'"),
        ("/TargetGroups/2/Protocol", json!("HTTP"), VALUE, "fun/a3", "Protocol cannot be specified for target groups with target type 'lambda'"),
        ("/TargetGroups/2/Port", json!(80), VALUE, "fun/a3", "Port cannot be specified"),
        ("/TargetGroups/2/VpcId", json!("vpc-1"), VALUE, "fun/a3", "VPC ID cannot be specified"),
        ("/TargetGroups/2/IpAddressType", json!("ipv6"), CONFIGURATION, "fun/a3", "'lambda' is not supported with an IPv6 target group"),
        ("/health of fun/TargetHealthDescriptions", two_functions, "TooManyTargets", "fun/a3", "Up to '1' Lambda function target(s)"),
        ("/health of api/TargetHealthDescriptions/0/Target/Id", json!("8.8.8.8"), "InvalidTarget", "api/a2", "must be an address from a VPC subnet, RFC1918, or RFC6598"),
        ("/of web/Attributes/0/Value", json!("1"), VALUE, "web/a1", "'stickiness.enabled' must be 'true' or 'false', but was '1'"),
        ("/of web/Attributes/1/Value", json!("source_ip"), CONFIGURATION, "web/a1", "Stickiness type 'source_ip' is not supported for target groups with the HTTP protocol"),
        ("/of web/Attributes/1/Value", json!("app_cookie"), CONFIGURATION, "web/a1", "You must set an application cookie name"),
        ("/of web/Attributes/2/Value", json!("29"), VALUE, "web/a1", "value '29' must be between '30-900' inclusive"),
        ("/of web/Attributes/3", attribute("deregistration_delay.timeout_seconds", "3601"), VALUE, "web/a1", "value '3601' must be between '0-3600' inclusive"),
        ("/of web/Attributes/3", attribute("stickiness.lb_cookie.duration_seconds", "0"), VALUE, "web/a1", "value '0' must be between '1-604800' inclusive"),
        ("/of web/Attributes/3", attribute("stickiness.app_cookie.duration_seconds", "700000"), VALUE, "web/a1", "'1-604800'"),
        ("/of web/Attributes/3", attribute("stickiness.app_cookie.cookie_name", "AWSALBX"), CONFIGURATION, "web/a1", "reserved"),
        ("/of web/Attributes/3", attribute("load_balancing.algorithm.type", "fastest"), VALUE, "web/a1", "'Load balancer algorithm' must be one of"),
        ("/of web/Attributes/3", attribute("load_balancing.algorithm.anomaly_mitigation", "on"), CONFIGURATION, "web/a1", "both anomaly mitigation and round robin algorithm"),
        ("/of web/Attributes/3", attribute("load_balancing.algorithm.anomaly_mitigation", "true"), VALUE, "web/a1", "must be one of [off, on]"),
        ("/of web/Attributes/3", attribute("load_balancing.cross_zone.enabled", "on"), VALUE, "web/a1", "must be one of use_load_balancer_configuration,true,false"),
        ("/of web/Attributes/3", attribute("load_balancing.cross_zone.enabled", "false"), CONFIGURATION, "web/a1", "cross-zone load balancing disabled"),
        ("/of web/Attributes/3", attribute("target_group_health.dns_failover.minimum_healthy_targets.count", "0"), VALUE, "web/a1", "must be 'off' or a positive integer"),
        ("/of web/Attributes/3", attribute("target_group_health.dns_failover.minimum_healthy_targets.percentage", "101"), VALUE, "web/a1", "'off' or an integer from 1 to 100 inclusive"),
        ("/of web/Attributes/3", attribute("preserve_client_ip.enabled", "true"), CONFIGURATION, "web/a1", "with HTTP protocol does not support the attribute preserve_client_ip.enabled"),
        ("/of web/Attributes/3", attribute("lambda.multi_value_headers.enabled", "true"), CONFIGURATION, "web/a1", "with HTTP protocol does not support"),
        ("/of web/Attributes/3", attribute("stickiness.duration_seconds", "1"), VALUE, "web/a1", "key 'stickiness.duration_seconds' is not recognized"),
        ("/of web/Attributes/3", attribute("stickiness.enabled", "true"), VALUE, "web/a1", "keys must be unique: '[stickiness.enabled]'"),
        ("/of fun/Attributes/1", attribute("deregistration_delay.timeout_seconds", "300"), CONFIGURATION, "fun/a3", "target type 'lambda' does not support the attribute"),
    ];
    hold(rows);
}

#[test]
fn of_rules_and_actions() {
    let path = |values: Value| json!({ "Field": "path-pattern", "PathPatternConfig": values });
    let group = |name: &str| json!({ "TargetGroupArn": arn(name), "Weight": 1 });
    let forward = |config: Value| json!([{ "Type": "forward", "ForwardConfig": config }]);
    let fixed = || json!({ "Type": "fixed-response", "Order": 2, "FixedResponseConfig": { "StatusCode": "200" } });
    let redirect = |config: Value| json!([{ "Type": "redirect", "RedirectConfig": config }]);
    let rewrite = json!({ "Type": "url-rewrite", "UrlRewriteConfig": { "Rewrites": [{ "Regex": "^/a", "Replace": "/b" }] } });
    #[rustfmt::skip]
    let rows: Vec<Row> = vec![
        ("/Rules/0/Priority", json!("20"), "PriorityInUse", "c1/d2", ""),
        ("/Rules/0/Priority", json!(50_001), VALUE, "c1/d1", "50000"),
        ("/Rules/0/Priority", json!("first"), VALUE, "c1/d1", "'first'"),
        ("/Rules/0/Priority", json!("+10"), VALUE, "c1/d1", "'+10'"),
        ("/Rules/0/RuleArn", json!(arn("listener-rule/app/shop/b1/c9/d1")), "ListenerNotFound", "b1/c9", "listeners not found"),
        ("/Rules/0/Conditions", json!([]), VALUE, "c1/d1", "A condition must be specified"),
        ("/Rules/0/Conditions/0/Field", json!("path"), VALUE, "c1/d1", "Condition field 'path' must be one of 'http-header,"),
        ("/Rules/0/Conditions/0", json!({ "Field": "path-pattern", "HostHeaderConfig": { "Values": ["a.b"] } }), VALUE, "c1/d1", "'Values or RegexValues or PathPatternConfig'"),
        ("/Rules/0/Conditions/0", path(json!({ "Values": [] })), VALUE, "c1/d1", "exactly one of the following: ['Values' 'RegexValues'] for config of type 'PathPatternConfig'"),
        ("/Rules/0/Conditions/0", path(json!({ "Values": ["/a"], "RegexValues": ["^/a"] })), VALUE, "c1/d1", "exactly one of the following"),
        ("/Rules/0/Conditions/0/Values", json!(["/other"]), VALUE, "c1/d1", "You cannot provide both Values and 'PathPatternConfig'"),
        ("/Rules/0/Conditions/0", json!({ "Field": "query-string", "RegexValues": ["^a"] }), VALUE, "c1/d1", "'RegexValues' is not supported for a condition of type 'query-string'"),
        ("/Rules/0/Conditions/2", json!({ "Field": "host-header", "Values": ["b.example"] }), VALUE, "c1/d1", "host-header"),
        ("/Rules/0/Conditions/1/HostHeaderConfig/Values/0", json!("example"), VALUE, "c1/d1", "example"),
        ("/Rules/0/Conditions/1/HostHeaderConfig/Values/0", json!(format!("{}.example", "a".repeat(130))), VALUE, "c1/d1", "128"),
        ("/Rules/0/Conditions/2", json!({ "Field": "http-header", "HttpHeaderConfig": { "HttpHeaderName": "Host", "Values": ["a"] } }), VALUE, "c1/d1", "ost"),
        ("/Rules/0/Conditions/2", json!({ "Field": "http-header", "HttpHeaderConfig": { "HttpHeaderName": "a".repeat(41), "Values": ["a"] } }), VALUE, "c1/d1", "40"),
        ("/Rules/0/Conditions/2", json!({ "Field": "http-request-method", "HttpRequestMethodConfig": { "Values": ["get"] } }), VALUE, "c1/d1", ""),
        ("/Rules/0/Conditions/0/PathPatternConfig", json!({ "Values": ["/1", "/2", "/3", "/4", "/5"] }), VALUE, "c1/d1", "both Values"),
        ("/Rules/0/Conditions/0", path(json!({ "Values": ["/1", "/2", "/3", "/4", "/5"] })), VALUE, "c1/d1", "6"),
        ("/Rules/1/Conditions/0/SourceIpConfig/Values/0", json!("10.0.0.1"), VALUE, "c1/d2", "The specified value '10.0.0.1' is not a valid CIDR block"),
        ("/Rules/2/Transforms", json!([rewrite]), "OperationNotPermitted", "c1/d3", "cannot have transforms"),
        ("/Rules/0/Transforms", json!([rewrite, rewrite]), VALUE, "c1/d1", "only have one 'url-rewrite'"),
        ("/Rules/0/Actions/0/Order", json!(0), VALUE, "c1/d1", "'actions.order' failed to satisfy constraint: Member must have value greater than or equal to 1"),
        ("/Rules/0/Actions/0/Order", json!(50_001), VALUE, "c1/d1", "less than or equal to 50000"),
        ("/Rules/0/Priority", json!("007"), VALUE, "c1/d1", "The priority '007' must be an integer between 1 and 50000"),
        ("/Rules/0/Priority", json!("+7"), VALUE, "c1/d1", "'+7'"),
        ("/Rules/0/Priority", json!(" 7"), VALUE, "c1/d1", "' 7'"),
        ("/Rules/0/Priority", json!("50001"), VALUE, "c1/d1", "50000"),
        ("/Rules/3", json!({ "RuleArn": arn("listener-rule/app/shop/b1/c1/d4"), "Priority": "default" }), "PriorityInUse", "c1/d4", "has a default rule already"),
        ("/Rules/1/Actions", redirect(json!({ "StatusCode": "HTTP_301", "Path": "/#{foo}" })), VALUE, "c1/d2", "holds #{foo}"),
        ("/Rules/0/Actions", json!([]), VALUE, "c1/d1", "An action must be specified"),
        ("/Rules/0/Actions/0/Type", json!("teleport"), "NotSupported", "c1/d1", "'teleport' are not known"),
        ("/Rules/0/Actions/1", fixed(), ACTION, "c1/d1", "Action types 'forward,fixed-response' cannot be specified together"),
        ("/Rules/0/Actions/0/TargetGroupArn", json!(arn("targetgroup/web/a1")), VALUE, "c1/d1", "only if the ARNs match"),
        ("/Rules/0/Actions", forward(json!({})), VALUE, "c1/d1", "For actions of type 'forward', you must specify"),
        ("/Rules/0/Actions", forward(json!({ "TargetGroups": [group("targetgroup/no/a9")] })), "TargetGroupNotFound", "c1/d1", "targetgroup/no/a9"),
        ("/Rules/0/Actions/0/ForwardConfig/TargetGroups/0/Weight", json!(1000), VALUE, "c1/d1", "999"),
        ("/Rules/0/Actions/0/ForwardConfig/TargetGroups/0/Weight", Value::Null, VALUE, "c1/d1", "weight"),
        ("/Rules/0/Actions/0/ForwardConfig/TargetGroups/0/Weight", json!(-1), VALUE, "c1/d1", "between 0 and 999, inclusive"),
        ("/Rules/0/Actions/0/ForwardConfig/TargetGroupStickinessConfig/DurationSeconds", Value::Null, VALUE, "c1/d1", "You must provide a duration when enabling target group stickiness"),
        ("/Rules/0/Actions/0/ForwardConfig/TargetGroupStickinessConfig/DurationSeconds", json!(604_801), VALUE, "c1/d1", "between 1 and 604800 seconds"),
        ("/Rules/0/Actions/0/ForwardConfig/TargetGroupStickinessConfig/Enabled", json!(false), CONFIGURATION, "c1/d1", "group stickiness"),
        ("/Rules/1/Actions/0/FixedResponseConfig", Value::Null, VALUE, "c1/d2", "you must specify the following fields: 'FixedResponseConfig'"),
        ("/Rules/1/Actions/0/FixedResponseConfig/StatusCode", json!("abc"), VALUE, "c1/d2", "^(2|4|5)"),
        ("/Rules/1/Actions/0/FixedResponseConfig/StatusCode", json!("302"), VALUE, "c1/d2", ""),
        ("/Rules/1/Actions/0/FixedResponseConfig/ContentType", json!("image/png"), VALUE, "c1/d2", "text/plain"),
        ("/Rules/1/Actions/0/FixedResponseConfig/MessageBody", json!("a".repeat(1025)), VALUE, "c1/d2", "1024"),
        ("/Rules/1/Actions", redirect(json!({ "StatusCode": "HTTP_307", "Port": "81" })), VALUE, "c1/d2", "enum value set: [HTTP_301, HTTP_302]"),
        ("/Rules/1/Actions", redirect(json!({ "StatusCode": "HTTP_301", "Port": "0" })), VALUE, "c1/d2", "65535"),
        ("/Rules/1/Actions", redirect(json!({ "StatusCode": "HTTP_301", "Path": "x" })), VALUE, "c1/d2", "/"),
        ("/Rules/1/Actions", redirect(json!({ "StatusCode": "HTTP_301", "Query": "a=b" })), ACTION, "c1/d2", ""),
        ("/Listeners/1/DefaultActions/0/RedirectConfig/Protocol", json!("HTTP"), ACTION, "b1/c2", "HTTPS to HTTP"),
        ("/Listeners/1/DefaultActions/1", json!({ "Type": "authenticate-oidc", "Order": 1 }), "NotSupported", "b1/c2", "'authenticate-oidc'"),
        ("/Rules/0/Actions/1", json!({ "Type": "authenticate-cognito", "Order": 1 }), ACTION, "c1/d1", "only be specified for HTTPS listeners"),
    ];
    hold(rows);
}

#[test]
fn everything_is_told_at_once() {
    let mut account = account();
    account["LoadBalancers"][0]["LoadBalancerName"] = json!("internal-shop");
    account["Listeners"][0]["Protocol"] = json!("TCP");
    account["TargetGroups"][1]["IpAddressType"] = json!("ipv6");
    account["Rules"][1]["Priority"] = json!("10");
    let refusals = refused(&account, "five things are wrong");
    let told: Vec<_> = refusals
        .iter()
        .map(|refusal| {
            (
                refusal.code,
                refusal.resource.rsplit(':').next().unwrap_or_default(),
            )
        })
        .collect();
    let expected = [
        (VALUE, "loadbalancer/app/shop/b1"),
        (VALUE, "listener/app/shop/b1/c1"),
        (CONFIGURATION, "listener/app/shop/b1/c1"),
        (CONFIGURATION, "listener-rule/app/shop/b1/c1/d1"),
        ("PriorityInUse", "listener-rule/app/shop/b1/c1/d2"),
    ];
    assert_eq!(told, expected, "{refusals:#?}");
}

#[test]
fn a_group_of_two_balancers_is_refused() {
    let mut account = account();
    let zones = account["LoadBalancers"][0]["AvailabilityZones"].clone();
    let shop = json!({ "LoadBalancerName": "two", "AvailabilityZones": zones });
    account["LoadBalancers"]
        .as_array_mut()
        .expect("a list")
        .push(shop);
    let listener = json!({
        "LoadBalancerArn": "two", "Port": 80, "Protocol": "HTTP",
        "DefaultActions": [{ "Type": "forward", "TargetGroupArn": arn("targetgroup/web/a1") }]
    });
    account["Listeners"]
        .as_array_mut()
        .expect("a list")
        .push(listener);
    let refusals = refused(&account, "both balancers forward to it");
    assert_eq!(refusals.len(), 1, "{refusals:#?}");
    assert_eq!(refusals[0].code, "TargetGroupAssociationLimit");
    assert_eq!(refusals[0].resource, arn("targetgroup/web/a1"));
}

#[test]
fn a_network_load_balancer_only_forwards() {
    let mut account = account();
    account["LoadBalancers"]
        .as_array_mut()
        .expect("a list")
        .push(json!({ "LoadBalancerName": "edge", "Type": "network" }));
    let listeners = account["Listeners"].as_array_mut().expect("a list");
    listeners.push(json!({
        "LoadBalancerArn": "edge", "Port": 80, "Protocol": "TCP",
        "DefaultActions": [{ "Type": "fixed-response", "FixedResponseConfig": { "StatusCode": "200" } }]
    }));
    let refusals = refused(&account, "it answers nothing itself");
    assert_eq!(refusals.len(), 1, "{refusals:#?}");
    let message = "The action type 'fixed-response' is not valid with network load balancer";
    assert_eq!((refusals[0].code, &*refusals[0].message), (ACTION, message));
}

/// What stands on pages that are not there may be all the same.
#[test]
fn of_a_page_that_is_not_the_last_nothing_is_missing() {
    let mut account = account();
    account["LoadBalancers"] = json!([]);
    let refusals = refused(&account, "there is no load balancer");
    assert!(
        refusals.iter().all(|it| it.code == "LoadBalancerNotFound"),
        "{refusals:#?}"
    );
    account["NextMarker"] = json!("more");
    let imported = judged(&account).unwrap_or_else(|error| panic!("{error}"));
    assert!(
        imported.notes[0].contains("is known by its listeners alone"),
        "{:?}",
        imported.notes
    );
}

/// Where the VPC is no reply tells: a public address is no target, whatever zone it is said to be in.
#[test]
fn of_addresses_of_targets() {
    let (zone, nowhere) = (json!("eu-west-1a"), Value::Null);
    #[rustfmt::skip]
    let rows = [
        ("10.0.0.1",        &nowhere, true,  "RFC 1918, from its first address on"),
        ("172.15.255.255",  &zone,    false, "just before RFC 1918"),
        ("172.31.255.254",  &nowhere, true,  "the last of RFC 1918"),
        ("192.168.0.1",     &zone,    true,  "RFC 1918"),
        ("192.169.0.1",     &zone,    false, "just behind RFC 1918"),
        ("100.63.255.254",  &zone,    false, "just before RFC 6598"),
        ("100.64.0.1",      &nowhere, true,  "RFC 6598"),
        ("100.127.255.254", &nowhere, true,  "the last of RFC 6598"),
        ("100.128.0.1",     &zone,    false, "just behind RFC 6598"),
        ("8.8.8.8",         &nowhere, false, "a public address"),
        ("8.8.8.8",         &zone,    false, "the same, and its zone makes it no other"),
        ("198.19.255.254",  &zone,    true,  "for benchmarks, and a range that VPCs have"),
        ("198.19.255.254",  &nowhere, false, "for benchmarks, and in no subnet of the VPC"),
        ("192.0.2.7",       &zone,    true,  "for documentation"),
        ("198.51.100.7",    &zone,    true,  "for documentation"),
        ("203.0.113.7",     &zone,    true,  "for documentation"),
        ("203.0.113.7",     &nowhere, false, "for documentation, and in no subnet of the VPC"),
        ("203.0.114.7",     &zone,    false, "just behind documentation"),
        ("169.254.169.254", &zone,    false, "of a link, not of a subnet"),
        ("2001:db8::7",     &zone,    true,  "a VPC has public ranges of IPv6"),
    ];
    for (address, zone, is_taken, because) in rows {
        let mut account = account();
        let target = json!({ "Target": { "Id": address, "Port": 80, "AvailabilityZone": zone } });
        account["health of api"]["TargetHealthDescriptions"] = json!([target]);
        if is_taken {
            let imported = judged(&account);
            assert!(imported.is_ok(), "{address}, {because}: {imported:?}");
        } else {
            let refusals = refused(&account, because);
            let codes: Vec<_> = refusals.iter().map(|it| it.code).collect();
            assert_eq!(codes, ["InvalidTarget"], "{address}, {because}");
        }
    }
}

/// What is not known is no mistake for certain, unless it is a known thing in other letters.
#[test]
fn of_actions_that_are_not_known() {
    #[rustfmt::skip]
    let rows = [
        ("brand-new", "NotSupported", "ELB may have it by now"),
        ("Forward",   VALUE,          "other letters than ELB's"),
        ("",          VALUE,          "no type"),
    ];
    for (kind, code, because) in rows {
        let mut account = account();
        account["Rules"][0]["Actions"][0]["Type"] = json!(kind);
        let refusals = refused(&account, because);
        let codes: Vec<_> = refusals.iter().map(|it| it.code).collect();
        assert_eq!(codes, [code], "{because}: {refusals:#?}");
        let named = refusals[0].message.contains(&format!("'{kind}'"));
        assert!(named, "{because}: {}", refusals[0].message);
    }
}

#[test]
fn the_headline_says_who_does_not_take_it() {
    let refusal = |code: &'static str| Refusal {
        code,
        resource: "it".to_owned(),
        message: "it is wrong".to_owned(),
    };
    let elb = "Elastic Load Balancing, as far as switchlab knows it, would refuse this";
    #[rustfmt::skip]
    let rows = [
        (vec![refusal(VALUE)],                          elb.to_owned(),                                    "ELB, it seems"),
        (vec![refusal("NotSupported")],                 "switchlab does not support this".to_owned(),      "ELB takes it"),
        (vec![refusal("NotSupported"), refusal(VALUE)], format!("{elb}, or switchlab does not support it"), "one of each"),
    ];
    for (refusals, headline, because) in rows {
        assert_eq!(Refusal::headline(&refusals), headline, "{because}");
        let told = ImportError::Refused(refusals).to_string();
        assert!(
            told.starts_with(&format!("{headline}:\n")),
            "{because}: {told}"
        );
    }
}
