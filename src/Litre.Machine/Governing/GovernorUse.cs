namespace Litre.Machine.Governing;

/// <summary>Whether a governor watches the machine during the training.</summary>
public enum GovernorUse
{
    On,
    Off,
}
