//! An account in which nothing is wrong.

use serde_json::{Value, json};

const REGION: &str = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:";

pub(crate) fn arn(path: &str) -> String {
    format!("{REGION}{path}")
}

/// An account with one balancer, two listeners, three rules and three groups.
pub(crate) fn account() -> Value {
    let forward = |group: &str| json!([{ "Type": "forward", "TargetGroupArn": arn(group) }]);
    let (web, api, fun) = (
        "targetgroup/web/a1",
        "targetgroup/api/a2",
        "targetgroup/fun/a3",
    );
    json!({
        "LoadBalancers": [{
            "LoadBalancerArn": arn("loadbalancer/app/shop/b1"), "LoadBalancerName": "shop", "Type": "application",
            "Scheme": "internet-facing", "VpcId": "vpc-1", "IpAddressType": "ipv4",
            "AvailabilityZones": [
                { "ZoneName": "eu-west-1a", "SubnetId": "subnet-1", "LoadBalancerAddresses": [] },
                { "ZoneName": "eu-west-1b", "SubnetId": "subnet-2", "LoadBalancerAddresses": [] }
            ]
        }],
        "Listeners": [
            {
                "ListenerArn": arn("listener/app/shop/b1/c1"), "LoadBalancerArn": arn("loadbalancer/app/shop/b1"),
                "Port": 80, "Protocol": "HTTP", "DefaultActions": forward(web)
            },
            {
                "ListenerArn": arn("listener/app/shop/b1/c2"), "LoadBalancerArn": arn("loadbalancer/app/shop/b1"),
                "Port": 443, "Protocol": "HTTPS", "SslPolicy": "ELBSecurityPolicy-TLS13-1-2-2021-06",
                "Certificates": [{ "CertificateArn": "arn:aws:acm:eu-west-1:123456789012:certificate/1" }],
                "MutualAuthentication": { "Mode": "off" },
                "DefaultActions": [{
                    "Type": "redirect", "Order": 2,
                    "RedirectConfig": { "Port": "8443", "StatusCode": "HTTP_301" }
                }]
            }
        ],
        "Rules": [
            {
                "RuleArn": arn("listener-rule/app/shop/b1/c1/d1"), "Priority": "10", "IsDefault": false,
                "Conditions": [
                    { "Field": "path-pattern", "Values": ["/api/*"], "PathPatternConfig": { "Values": ["/api/*"] } },
                    { "Field": "host-header", "HostHeaderConfig": { "Values": ["shop.example"] } }
                ],
                "Actions": [{
                    "Type": "forward", "Order": 2,
                    "ForwardConfig": {
                        "TargetGroups": [
                            { "TargetGroupArn": arn(api), "Weight": 9 },
                            { "TargetGroupArn": arn(web), "Weight": 1 }
                        ],
                        "TargetGroupStickinessConfig": { "Enabled": true, "DurationSeconds": 3600 }
                    }
                }]
            },
            {
                "RuleArn": arn("listener-rule/app/shop/b1/c1/d2"), "Priority": "20", "IsDefault": false,
                "Conditions": [{ "Field": "source-ip", "SourceIpConfig": { "Values": ["10.0.0.0/8"] } }],
                "Actions": [{
                    "Type": "fixed-response", "Order": 1,
                    "FixedResponseConfig": { "StatusCode": "200", "ContentType": "text/plain", "MessageBody": "hello" }
                }]
            },
            {
                "RuleArn": arn("listener-rule/app/shop/b1/c1/d3"), "Priority": "default", "IsDefault": true,
                "Conditions": [], "Actions": forward(web)
            }
        ],
        "TargetGroups": [
            {
                "TargetGroupArn": arn(web), "TargetGroupName": "web", "Protocol": "HTTP", "Port": 80,
                "VpcId": "vpc-1", "TargetType": "instance", "ProtocolVersion": "HTTP1", "IpAddressType": "ipv4",
                "HealthCheckProtocol": "HTTP", "HealthCheckPort": "traffic-port", "HealthCheckEnabled": true,
                "HealthCheckIntervalSeconds": 30, "HealthCheckTimeoutSeconds": 5, "HealthyThresholdCount": 5,
                "UnhealthyThresholdCount": 2, "HealthCheckPath": "/", "Matcher": { "HttpCode": "200" },
                "LoadBalancerArns": [arn("loadbalancer/app/shop/b1")]
            },
            {
                "TargetGroupArn": arn(api), "TargetGroupName": "api", "Protocol": "HTTP", "Port": 8080,
                "VpcId": "vpc-1", "TargetType": "ip", "IpAddressType": "ipv4"
            },
            {
                "TargetGroupArn": arn(fun), "TargetGroupName": "fun", "TargetType": "lambda",
                "LoadBalancerArns": [arn("loadbalancer/app/shop/b1")]
            }
        ],
        "rules of 443": { "Rules": [{
            "RuleArn": arn("listener-rule/app/shop/b1/c2/d4"), "Priority": "default", "IsDefault": true,
            "Actions": [{
                "Type": "redirect",
                "RedirectConfig": { "Port": "8443", "StatusCode": "HTTP_301", "Path": "/#{path}" }
            }]
        }] },
        "health of web": {
            "TargetGroupArn": arn(web),
            "TargetHealthDescriptions": [
                { "Target": { "Id": "i-0123", "Port": 80 }, "TargetHealth": { "State": "healthy" } },
                { "Target": { "Id": "i-4567", "Port": 80 }, "TargetHealth": { "State": "unhealthy", "Reason": "Target.Timeout" } }
            ]
        },
        "health of api": {
            "TargetGroupArn": arn(api),
            "TargetHealthDescriptions": [{ "Target": { "Id": "10.0.1.5", "Port": 8080 }, "TargetHealth": { "State": "healthy" } }]
        },
        "health of fun": {
            "TargetGroupArn": arn(fun),
            "TargetHealthDescriptions": [{ "Target": { "Id": "arn:aws:lambda:eu-west-1:123456789012:function:f" } }]
        },
        "of shop": {
            "LoadBalancerArn": arn("loadbalancer/app/shop/b1"),
            "Attributes": [
                { "Key": "idle_timeout.timeout_seconds", "Value": "60" },
                { "Key": "load_balancing.cross_zone.enabled", "Value": "true" },
                { "Key": "routing.http.desync_mitigation_mode", "Value": "defensive" }
            ]
        },
        "of web": {
            "TargetGroupArn": arn(web),
            "Attributes": [
                { "Key": "stickiness.enabled", "Value": "true" },
                { "Key": "stickiness.type", "Value": "lb_cookie" },
                { "Key": "slow_start.duration_seconds", "Value": "0" }
            ]
        },
        "of api": {
            "TargetGroupArn": arn(api),
            "Attributes": [{ "Key": "stickiness.enabled", "Value": "false" }]
        },
        "of 443": {
            "ListenerArn": arn("listener/app/shop/b1/c2"),
            "Attributes": [{ "Key": "routing.http.response.server.enabled", "Value": "true" }]
        },
        "of fun": {
            "TargetGroupArn": arn(fun),
            "Attributes": [{ "Key": "lambda.multi_value_headers.enabled", "Value": "false" }]
        },
        "of 80": {
            "ListenerArn": arn("listener/app/shop/b1/c1"),
            "Attributes": [{ "Key": "routing.http.response.server.enabled", "Value": "true" }]
        }
    })
}
