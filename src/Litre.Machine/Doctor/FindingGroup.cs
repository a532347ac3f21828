namespace Litre.Machine.Doctor;

/// <summary>What part of the machine a finding is about, in the order of the report.</summary>
public enum FindingGroup
{
    Machine,
    Engine,
    Operators,
    Disk,
    Sensors,
    Network,
}
