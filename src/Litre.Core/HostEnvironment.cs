namespace Litre.Core;

/// <summary>
/// The environment variables of Litre, and the only place that reads them. They locate files on this machine and
/// switch parts of the engine off for comparison; what a run computes is defined by its recipe.
/// </summary>
public static class HostEnvironment
{
    /// <summary>The folder of libtorch, or of a Python torch package.</summary>
    public const string Libtorch = "LITRE_LIBTORCH";

    /// <summary>Kernels of Litre's own: <c>on</c> (the default) or <c>off</c>.</summary>
    public const string Kernels = "LITRE_KERNELS";

    /// <summary>Decoding steps captured as CUDA graphs: <c>on</c> (the default) or <c>off</c>.</summary>
    public const string Graphs = "LITRE_GRAPHS";

    /// <summary>
    /// The kernel of products by expert: <c>own</c>, <c>libtorch</c> or <c>none</c>; unset for the fastest one available.
    /// </summary>
    public const string Grouped = "LITRE_GROUPED";

    /// <summary>The file of NVIDIA's runtime compiler, or its folder, if the search does not find it.</summary>
    public const string Nvrtc = "LITRE_NVRTC";

    /// <summary>The folder that keeps vision features between runs.</summary>
    public const string Features = "LITRE_FEATURES";

    /// <summary>The folder of keys, audit log and adapter library.</summary>
    public const string State = "LITRE_STATE";

    /// <summary>A folder with <c>proc</c> and <c>sys</c> that replaces those of the machine, for tests and demonstrations.</summary>
    public const string Machine = "LITRE_GOVERNOR_MACHINE";

    /// <summary>The path of the launcher, set by the launcher, so that commands are printed as the user would type them.</summary>
    public const string Launcher = "LITRE_LAUNCHER";

    /// <summary>Any value turns colors off (https://no-color.org).</summary>
    public const string NoColor = "NO_COLOR";

    /// <summary>The kind of terminal.</summary>
    public const string Terminal = "TERM";

    /// <summary>The value of a variable; null if it is unset or empty.</summary>
    public static string? Read(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;

    /// <summary>Whether a switch is on, which it is unless its value is <c>off</c>.</summary>
    /// <exception cref="InputException">The value is neither <c>on</c> nor <c>off</c>.</exception>
    public static bool IsOn(string name) => Parse(name, Read(name));

    internal static bool Parse(string name, string? value) =>
        value switch
        {
            null or "on" => true,
            "off" => false,
            _ => throw new InputException($"{name}={value}: expected on or off"),
        };
}
