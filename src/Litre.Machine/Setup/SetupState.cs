namespace Litre.Machine.Setup;

/// <summary>What became of an installation.</summary>
public enum SetupState
{
    /// <summary>Only chosen: a dry run.</summary>
    Planned,

    /// <summary>The same version was there already and loads.</summary>
    AlreadyThere,

    Installed,
}
