//! Events to write.

use super::{Event, SECOND, Value};

/// Events as Sysmon and the security log write them, three kinds in turn: a process (Sysmon 1), a thread in another process (Sysmon 8),
/// a process (Security 4688). Their records are numbered from 1, their times ascend.
pub fn samples(count: u64) -> Vec<Event> {
    let kinds = [sysmon_process, sysmon_remote_thread, security_process];
    (1..=count).zip(kinds.iter().cycle()).map(|(record, kind)| kind(record)).collect()
}

fn sysmon(record: u64, id: u16, version: u8, data: Vec<(&'static str, Value)>) -> Event {
    Event {
        provider: ("Microsoft-Windows-Sysmon", 0x5770385f_c22a_43e0_bf4c_06f5698ffbd9),
        id,
        version,
        level: 4,
        task: id,
        keywords: 1 << 63,
        time: time(record),
        record,
        activity: None,
        execution: (3284, 5012),
        channel: "Microsoft-Windows-Sysmon/Operational",
        computer: format!("wkst{}.example.com", record % 5),
        user: Some(vec![18]),
        data,
    }
}

fn time(record: u64) -> u64 {
    record * 37 * SECOND + record % 9 * 1_234_567
}

fn process_guid(number: u64) -> Value {
    Value::Guid(0xc249_4f38_c6ea_630f << 64 | u128::from(number))
}

fn utc_time(record: u64) -> Value {
    let shown = Value::Time(time(record)).shown();
    Value::text(shown[..shown.len() - 5].replace('T', " "))
}

fn sysmon_process(record: u64) -> Event {
    let line = format!("\"C:\\Windows\\System32\\cmd.exe\" /c echo <{record}> & type 'a b' > C:\\Temp\\ünï_日本.txt");
    let data = vec![
        ("RuleName", Value::text("-")),
        ("UtcTime", utc_time(record)),
        ("ProcessGuid", process_guid(record)),
        ("ProcessId", Value::U32(4000 + u32::try_from(record % 1000).expect("small"))),
        ("Image", Value::text(r"C:\Windows\System32\cmd.exe")),
        ("CommandLine", Value::Text(line)),
        ("User", Value::text(r"EXAMPLE\alice")),
        ("TerminalSessionId", Value::U32(1)),
        // One in four is not known.
        ("IntegrityLevel", if record.is_multiple_of(4) { Value::Absent } else { Value::text("High") }),
        ("ParentProcessGuid", process_guid(7)),
        ("ParentImage", Value::text(r"C:\Windows\explorer.exe")),
    ];
    sysmon(record, 1, 5, data)
}

fn sysmon_remote_thread(record: u64) -> Event {
    let data = vec![
        ("RuleName", Value::text("-")),
        ("UtcTime", utc_time(record)),
        ("SourceProcessGuid", process_guid(record)),
        ("SourceProcessId", Value::U32(4242)),
        ("SourceImage", Value::text(r"C:\Windows\System32\rundll32.exe")),
        ("TargetProcessGuid", process_guid(record + 1)),
        ("TargetProcessId", Value::U32(1234)),
        ("TargetImage", Value::text(r"C:\Windows\System32\notepad.exe")),
        ("NewThreadId", Value::U32(77)),
        ("StartAddress", Value::text("0x00007FF8A1B20000")),
        ("StartModule", Value::text("")),
        ("SourceUser", Value::text(r"EXAMPLE\alice")),
    ];
    sysmon(record, 8, 2, data)
}

fn security_process(record: u64) -> Event {
    let data = vec![
        ("SubjectUserSid", Value::Sid(5, vec![21, 62_830_434, 419_094_169, 3_251_522_898, 500])),
        ("SubjectUserName", Value::text("Administrator")),
        ("SubjectDomainName", Value::text("EXAMPLE")),
        ("SubjectLogonId", Value::Hex(0xe7a0c)),
        ("NewProcessId", Value::Hex(0x1000 + record)),
        ("NewProcessName", Value::text(r"C:\Windows\System32\wevtutil.exe")),
        ("TokenElevationType", Value::text("%%1936")),
        ("ProcessId", Value::Hex(0xc8c)),
        ("CommandLine", Value::text(format!("wevtutil.exe cl \"Log {record}\" "))),
        ("TargetUserSid", Value::Sid(0, vec![0])),
        ("TargetLogonId", Value::Hex(0)),
        ("LogonTime", Value::Time(record)),
        ("LogonCount", Value::U64(1 << 40 | record)),
        ("MandatoryLabel", Value::Sid(16, vec![12288])),
    ];
    Event {
        provider: ("Microsoft-Windows-Security-Auditing", 0x54849625_5478_4994_a5ba_3e3b0328c30d),
        level: 0,
        task: 13312,
        keywords: 0x8020_0000_0000_0000,
        activity: record.is_multiple_of(2).then_some(0x1f2e_3d4c_5b6a << 64 | u128::from(record)),
        execution: (4, 7528),
        channel: "Security",
        user: None,
        ..sysmon(record, 4688, 2, data)
    }
}
