//! What is built in: knowledge of common source types, macros of published content, data models. All of it is files in the formats that
//! users write, embedded; a user's own are laid over them.

use crate::error::{Diagnostic, Result};
use crate::knowledge::{Conf, DataModels, Knowledge, Macros};

/// Fields, event types and tags of common source types.
pub fn knowledge() -> Knowledge {
    // The files are tested to be right.
    read_knowledge().0
}

/// The macros that published searches take for granted.
pub fn macros() -> Macros {
    read_macros().unwrap_or_default()
}

fn read_knowledge() -> (Knowledge, Vec<Diagnostic>) {
    let (mut knowledge, mut problems) = (Knowledge::default(), Vec::new());
    for app in APPS {
        problems.extend(knowledge.add_transforms(&Conf::parse(app.transforms)));
        problems.extend(knowledge.add_props(&Conf::parse(app.props)));
        problems.extend(knowledge.add_event_types(&Conf::parse(app.event_types)));
        knowledge.add_tags(&Conf::parse(app.tags));
    }
    (knowledge, problems)
}

fn read_macros() -> Result<Macros> {
    let mut macros = Macros::default();
    for (name, text) in MACROS {
        macros.extend(Macros::from_conf(text)?.with_origin(name));
    }
    Ok(macros)
}

/// The data models of the Common Information Model.
pub fn data_models() -> DataModels {
    let mut models = DataModels::default();
    MODELS.iter().for_each(|(name, text)| models.add_json(name, *text));
    models
}

/// An app's files.
struct App {
    props: &'static str,
    transforms: &'static str,
    event_types: &'static str,
    tags: &'static str,
}

static APPS: &[App] = &[
    App {
        props: include_str!("../apps/text/default/props.conf"),
        transforms: include_str!("../apps/text/default/transforms.conf"),
        event_types: "",
        tags: "",
    },
    App {
        props: include_str!("../apps/windows/default/props.conf"),
        transforms: "",
        event_types: include_str!("../apps/windows/default/eventtypes.conf"),
        tags: include_str!("../apps/windows/default/tags.conf"),
    },
    App {
        props: include_str!("../apps/linux/default/props.conf"),
        transforms: "",
        event_types: include_str!("../apps/linux/default/eventtypes.conf"),
        tags: include_str!("../apps/linux/default/tags.conf"),
    },
    App {
        props: include_str!("../apps/aws/default/props.conf"),
        transforms: "",
        event_types: include_str!("../apps/aws/default/eventtypes.conf"),
        tags: include_str!("../apps/aws/default/tags.conf"),
    },
    App {
        props: include_str!("../apps/microsoft365/default/props.conf"),
        transforms: "",
        event_types: include_str!("../apps/microsoft365/default/eventtypes.conf"),
        tags: include_str!("../apps/microsoft365/default/tags.conf"),
    },
    App {
        props: include_str!("../apps/network/default/props.conf"),
        transforms: "",
        event_types: include_str!("../apps/network/default/eventtypes.conf"),
        tags: include_str!("../apps/network/default/tags.conf"),
    },
    App { props: include_str!("../apps/web/default/props.conf"), transforms: "", event_types: "", tags: "" },
    App { props: include_str!("../apps/risk/default/props.conf"), transforms: "", event_types: "", tags: "" },
];

/// Name and text of each data model.
static MODELS: &[(&str, &str)] = &[
    ("Alerts", include_str!("../apps/cim/default/data/models/Alerts.json")),
    ("Authentication", include_str!("../apps/cim/default/data/models/Authentication.json")),
    ("Certificates", include_str!("../apps/cim/default/data/models/Certificates.json")),
    ("Change", include_str!("../apps/cim/default/data/models/Change.json")),
    ("Change_Analysis", include_str!("../apps/cim/default/data/models/Change_Analysis.json")),
    ("Compute_Inventory", include_str!("../apps/cim/default/data/models/Compute_Inventory.json")),
    ("DLP", include_str!("../apps/cim/default/data/models/DLP.json")),
    ("Data_Access", include_str!("../apps/cim/default/data/models/Data_Access.json")),
    ("Databases", include_str!("../apps/cim/default/data/models/Databases.json")),
    ("Email", include_str!("../apps/cim/default/data/models/Email.json")),
    ("Endpoint", include_str!("../apps/cim/default/data/models/Endpoint.json")),
    ("Event_Signatures", include_str!("../apps/cim/default/data/models/Event_Signatures.json")),
    ("Interprocess_Messaging", include_str!("../apps/cim/default/data/models/Interprocess_Messaging.json")),
    ("Intrusion_Detection", include_str!("../apps/cim/default/data/models/Intrusion_Detection.json")),
    ("JVM", include_str!("../apps/cim/default/data/models/JVM.json")),
    ("Malware", include_str!("../apps/cim/default/data/models/Malware.json")),
    ("Network_Resolution", include_str!("../apps/cim/default/data/models/Network_Resolution.json")),
    ("Network_Sessions", include_str!("../apps/cim/default/data/models/Network_Sessions.json")),
    ("Network_Traffic", include_str!("../apps/cim/default/data/models/Network_Traffic.json")),
    ("Performance", include_str!("../apps/cim/default/data/models/Performance.json")),
    ("Risk", include_str!("../apps/cim/default/data/models/Risk.json")),
    ("Ticket_Management", include_str!("../apps/cim/default/data/models/Ticket_Management.json")),
    ("UEBA", include_str!("../apps/cim/default/data/models/UEBA.json")),
    ("Updates", include_str!("../apps/cim/default/data/models/Updates.json")),
    ("Vulnerabilities", include_str!("../apps/cim/default/data/models/Vulnerabilities.json")),
    ("Web", include_str!("../apps/cim/default/data/models/Web.json")),
];

/// File name and text of each macro.
static MACROS: &[(&str, &str)] = &[
    ("macros/admon.conf", include_str!("../../macros/admon.conf")),
    ("macros/amazon_security_lake.conf", include_str!("../../macros/amazon_security_lake.conf")),
    ("macros/applocker.conf", include_str!("../../macros/applocker.conf")),
    ("macros/aws_cloudwatchlogs_eks.conf", include_str!("../../macros/aws_cloudwatchlogs_eks.conf")),
    ("macros/aws_config.conf", include_str!("../../macros/aws_config.conf")),
    ("macros/aws_description.conf", include_str!("../../macros/aws_description.conf")),
    ("macros/aws_s3_accesslogs.conf", include_str!("../../macros/aws_s3_accesslogs.conf")),
    ("macros/aws_securityhub_finding.conf", include_str!("../../macros/aws_securityhub_finding.conf")),
    ("macros/aws_securityhub_firehose.conf", include_str!("../../macros/aws_securityhub_firehose.conf")),
    ("macros/azure_audit.conf", include_str!("../../macros/azure_audit.conf")),
    ("macros/azure_monitor_aad.conf", include_str!("../../macros/azure_monitor_aad.conf")),
    ("macros/azuread.conf", include_str!("../../macros/azuread.conf")),
    ("macros/bootloader_inventory.conf", include_str!("../../macros/bootloader_inventory.conf")),
    ("macros/capi2_operational.conf", include_str!("../../macros/capi2_operational.conf")),
    ("macros/certificateservices_lifecycle.conf", include_str!("../../macros/certificateservices_lifecycle.conf")),
    ("macros/circleci.conf", include_str!("../../macros/circleci.conf")),
    ("macros/cisco_networks.conf", include_str!("../../macros/cisco_networks.conf")),
    ("macros/cloudtrail.conf", include_str!("../../macros/cloudtrail.conf")),
    ("macros/cloudwatch_eks.conf", include_str!("../../macros/cloudwatch_eks.conf")),
    ("macros/cloudwatch_vpc.conf", include_str!("../../macros/cloudwatch_vpc.conf")),
    ("macros/cloudwatchlogs_vpcflow.conf", include_str!("../../macros/cloudwatchlogs_vpcflow.conf")),
    ("macros/crowdstrike_identities.conf", include_str!("../../macros/crowdstrike_identities.conf")),
    ("macros/crowdstrike_stream.conf", include_str!("../../macros/crowdstrike_stream.conf")),
    ("macros/crushftp.conf", include_str!("../../macros/crushftp.conf")),
    ("macros/driverinventory.conf", include_str!("../../macros/driverinventory.conf")),
    ("macros/drop_dm_object_name.conf", include_str!("../../macros/drop_dm_object_name.conf")),
    ("macros/exchange.conf", include_str!("../../macros/exchange.conf")),
    ("macros/f5_bigip_rogue.conf", include_str!("../../macros/f5_bigip_rogue.conf")),
    ("macros/fillnull_config.conf", include_str!("../../macros/fillnull_config.conf")),
    ("macros/github.conf", include_str!("../../macros/github.conf")),
    ("macros/google_gcp_pubsub_message.conf", include_str!("../../macros/google_gcp_pubsub_message.conf")),
    ("macros/gsuite_calendar.conf", include_str!("../../macros/gsuite_calendar.conf")),
    ("macros/gsuite_drive.conf", include_str!("../../macros/gsuite_drive.conf")),
    ("macros/gsuite_gmail.conf", include_str!("../../macros/gsuite_gmail.conf")),
    ("macros/gws_reports_admin.conf", include_str!("../../macros/gws_reports_admin.conf")),
    ("macros/gws_reports_login.conf", include_str!("../../macros/gws_reports_login.conf")),
    ("macros/iis_get_webglobalmodule.conf", include_str!("../../macros/iis_get_webglobalmodule.conf")),
    ("macros/iis_operational_logs.conf", include_str!("../../macros/iis_operational_logs.conf")),
    ("macros/ivanti_vtm_audit.conf", include_str!("../../macros/ivanti_vtm_audit.conf")),
    ("macros/kube_audit.conf", include_str!("../../macros/kube_audit.conf")),
    ("macros/kube_container_falco.conf", include_str!("../../macros/kube_container_falco.conf")),
    ("macros/kube_objects_events.conf", include_str!("../../macros/kube_objects_events.conf")),
    ("macros/kubernetes_azure.conf", include_str!("../../macros/kubernetes_azure.conf")),
    ("macros/kubernetes_container_controller.conf", include_str!("../../macros/kubernetes_container_controller.conf")),
    ("macros/kubernetes_metrics.conf", include_str!("../../macros/kubernetes_metrics.conf")),
    ("macros/linux_auditd.conf", include_str!("../../macros/linux_auditd.conf")),
    ("macros/linux_hosts.conf", include_str!("../../macros/linux_hosts.conf")),
    ("macros/linux_shells.conf", include_str!("../../macros/linux_shells.conf")),
    ("macros/moveit_sftp_logs.conf", include_str!("../../macros/moveit_sftp_logs.conf")),
    ("macros/ms_defender.conf", include_str!("../../macros/ms_defender.conf")),
    ("macros/msexchange_management.conf", include_str!("../../macros/msexchange_management.conf")),
    ("macros/netbackup.conf", include_str!("../../macros/netbackup.conf")),
    ("macros/nginx_access_logs.conf", include_str!("../../macros/nginx_access_logs.conf")),
    ("macros/ntlm_audit.conf", include_str!("../../macros/ntlm_audit.conf")),
    ("macros/o365_graph.conf", include_str!("../../macros/o365_graph.conf")),
    ("macros/o365_management_activity.conf", include_str!("../../macros/o365_management_activity.conf")),
    ("macros/okta.conf", include_str!("../../macros/okta.conf")),
    ("macros/oldsummaries_config.conf", include_str!("../../macros/oldsummaries_config.conf")),
    ("macros/osquery_macro.conf", include_str!("../../macros/osquery_macro.conf")),
    ("macros/osquery_process.conf", include_str!("../../macros/osquery_process.conf")),
    ("macros/papercutng.conf", include_str!("../../macros/papercutng.conf")),
    ("macros/pingid.conf", include_str!("../../macros/pingid.conf")),
    ("macros/powershell.conf", include_str!("../../macros/powershell.conf")),
    ("macros/printservice.conf", include_str!("../../macros/printservice.conf")),
    ("macros/process_bitsadmin.conf", include_str!("../../macros/process_bitsadmin.conf")),
    ("macros/process_certutil.conf", include_str!("../../macros/process_certutil.conf")),
    ("macros/process_cmd.conf", include_str!("../../macros/process_cmd.conf")),
    ("macros/process_copy.conf", include_str!("../../macros/process_copy.conf")),
    ("macros/process_csc.conf", include_str!("../../macros/process_csc.conf")),
    ("macros/process_curl.conf", include_str!("../../macros/process_curl.conf")),
    ("macros/process_diskshadow.conf", include_str!("../../macros/process_diskshadow.conf")),
    ("macros/process_dllhost.conf", include_str!("../../macros/process_dllhost.conf")),
    ("macros/process_dsquery.conf", include_str!("../../macros/process_dsquery.conf")),
    ("macros/process_dxdiag.conf", include_str!("../../macros/process_dxdiag.conf")),
    ("macros/process_esentutl.conf", include_str!("../../macros/process_esentutl.conf")),
    ("macros/process_fodhelper.conf", include_str!("../../macros/process_fodhelper.conf")),
    ("macros/process_gpupdate.conf", include_str!("../../macros/process_gpupdate.conf")),
    ("macros/process_hh.conf", include_str!("../../macros/process_hh.conf")),
    ("macros/process_installutil.conf", include_str!("../../macros/process_installutil.conf")),
    (
        "macros/process_microsoftworkflowcompiler.conf",
        include_str!("../../macros/process_microsoftworkflowcompiler.conf"),
    ),
    ("macros/process_msbuild.conf", include_str!("../../macros/process_msbuild.conf")),
    ("macros/process_mshta.conf", include_str!("../../macros/process_mshta.conf")),
    ("macros/process_msiexec.conf", include_str!("../../macros/process_msiexec.conf")),
    ("macros/process_net.conf", include_str!("../../macros/process_net.conf")),
    ("macros/process_netsh.conf", include_str!("../../macros/process_netsh.conf")),
    ("macros/process_nltest.conf", include_str!("../../macros/process_nltest.conf")),
    ("macros/process_ntdsutil.conf", include_str!("../../macros/process_ntdsutil.conf")),
    ("macros/process_ping.conf", include_str!("../../macros/process_ping.conf")),
    ("macros/process_powershell.conf", include_str!("../../macros/process_powershell.conf")),
    ("macros/process_procdump.conf", include_str!("../../macros/process_procdump.conf")),
    ("macros/process_psexec.conf", include_str!("../../macros/process_psexec.conf")),
    ("macros/process_rclone.conf", include_str!("../../macros/process_rclone.conf")),
    ("macros/process_reg.conf", include_str!("../../macros/process_reg.conf")),
    ("macros/process_regasm.conf", include_str!("../../macros/process_regasm.conf")),
    ("macros/process_regsvcs.conf", include_str!("../../macros/process_regsvcs.conf")),
    ("macros/process_regsvr32.conf", include_str!("../../macros/process_regsvr32.conf")),
    ("macros/process_route.conf", include_str!("../../macros/process_route.conf")),
    ("macros/process_runas.conf", include_str!("../../macros/process_runas.conf")),
    ("macros/process_rundll32.conf", include_str!("../../macros/process_rundll32.conf")),
    ("macros/process_schtasks.conf", include_str!("../../macros/process_schtasks.conf")),
    ("macros/process_sdelete.conf", include_str!("../../macros/process_sdelete.conf")),
    ("macros/process_setspn.conf", include_str!("../../macros/process_setspn.conf")),
    ("macros/process_verclsid.conf", include_str!("../../macros/process_verclsid.conf")),
    ("macros/process_vssadmin.conf", include_str!("../../macros/process_vssadmin.conf")),
    ("macros/process_wbadmin.conf", include_str!("../../macros/process_wbadmin.conf")),
    ("macros/process_wermgr.conf", include_str!("../../macros/process_wermgr.conf")),
    ("macros/process_wmic.conf", include_str!("../../macros/process_wmic.conf")),
    ("macros/remoteconnectionmanager.conf", include_str!("../../macros/remoteconnectionmanager.conf")),
    ("macros/risk_index.conf", include_str!("../../macros/risk_index.conf")),
    ("macros/s3_accesslogs.conf", include_str!("../../macros/s3_accesslogs.conf")),
    ("macros/security_content_ctime.conf", include_str!("../../macros/security_content_ctime.conf")),
    ("macros/security_content_summariesonly.conf", include_str!("../../macros/security_content_summariesonly.conf")),
    ("macros/stream_dns.conf", include_str!("../../macros/stream_dns.conf")),
    ("macros/stream_http.conf", include_str!("../../macros/stream_http.conf")),
    ("macros/stream_tcp.conf", include_str!("../../macros/stream_tcp.conf")),
    ("macros/subjectinterfacepackage.conf", include_str!("../../macros/subjectinterfacepackage.conf")),
    ("macros/summariesonly_config.conf", include_str!("../../macros/summariesonly_config.conf")),
    ("macros/suricata.conf", include_str!("../../macros/suricata.conf")),
    ("macros/sysmon.conf", include_str!("../../macros/sysmon.conf")),
    ("macros/windows_shells.conf", include_str!("../../macros/windows_shells.conf")),
    ("macros/wineventlog_application.conf", include_str!("../../macros/wineventlog_application.conf")),
    ("macros/wineventlog_security.conf", include_str!("../../macros/wineventlog_security.conf")),
    ("macros/wineventlog_system.conf", include_str!("../../macros/wineventlog_system.conf")),
    ("macros/wineventlog_task_scheduler.conf", include_str!("../../macros/wineventlog_task_scheduler.conf")),
    ("macros/wmi.conf", include_str!("../../macros/wmi.conf")),
    ("macros/zeek_rpc.conf", include_str!("../../macros/zeek_rpc.conf")),
    ("macros/zeek_ssl.conf", include_str!("../../macros/zeek_ssl.conf")),
    ("macros/zeek_x509.conf", include_str!("../../macros/zeek_x509.conf")),
    ("macros/zscaler_proxy.conf", include_str!("../../macros/zscaler_proxy.conf")),
];

#[cfg(test)]
mod tests {
    use crate::expr::FieldTest;
    use crate::knowledge::Rule;

    #[test]
    fn files_are_right() {
        let (knowledge, problems) = super::read_knowledge();
        assert_eq!(problems, []);
        assert!(knowledge.derives("process_name"));
        // A test that calculated texts do not pass can be asked of the events' text.
        let is = |text: &str| FieldTest::OneOf(vec![text.to_owned()]);
        let copied = [
            ("process_name", "cmd.exe"),
            ("process", "whoami"),
            ("parent_process_name", "cmd.exe"),
            ("user", "bob"),
            ("src", "10.0.0.1"),
            ("file_name", "a.txt"),
            ("registry_path", "hklm"),
            ("EventCode", "8"),
            ("signature", "x"),
        ];
        for (field, value) in copied {
            assert!(knowledge.is_raw(field, &is(value)), "{field}");
        }
        for (field, value) in [("user", "root"), ("action", "created"), ("vendor_product", "zeek"), ("source", "x")] {
            assert!(!knowledge.is_raw(field, &is(value)), "{field}");
        }
        assert!(!super::read_macros().unwrap().is_empty());
        let models = super::data_models();
        for name in models.names() {
            let model = models.get(name).unwrap();
            for dataset in &model.datasets {
                let view = model.view(&dataset.name).unwrap();
                crate::syntax::parse(&format!("search {}", dataset.search)).unwrap();
                for calculation in view.calculations() {
                    if let Rule::Fill(text) | Rule::Eval(text) = &calculation.how {
                        crate::expr::Expression::bind(&crate::syntax::parse_expr(text).unwrap()).unwrap();
                    }
                }
            }
        }
    }
}
