namespace Litre.Core;

/// <summary>
/// The environment variables that Litre heeds, and the only place that reads them. They say where things lie on this machine, and
/// switch parts of the engine off for comparison; what a run computes is said by its recipe.
/// </summary>
public static class HostEnvironment
{
    /// <summary>The folder of libtorch, or of a Python torch package.</summary>
    public const string Libtorch = "LITRE_LIBTORCH";

    /// <summary>Kernels of Litre's own: <c>on</c> (the default) or <c>off</c>.</summary>
    public const string Kernels = "LITRE_KERNELS";

    /// <summary>Decoding steps captured as CUDA graphs: <c>on</c> (the default) or <c>off</c>.</summary>
    public const string Graphs = "LITRE_GRAPHS";

    /// <summary>The kernel of products by expert: <c>own</c>, <c>libtorch</c> or <c>none</c>; unset for the best there is.</summary>
    public const string Grouped = "LITRE_GROUPED";

    /// <summary>The file of NVIDIA's runtime compiler, where the search does not find it.</summary>
    public const string Nvrtc = "LITRE_NVRTC";

    /// <summary>The folder that keeps vision features between runs.</summary>
    public const string Features = "LITRE_FEATURES";

    /// <summary>A folder with <c>proc</c> and <c>sys</c> that stands for the machine, for tests and demonstrations.</summary>
    public const string Machine = "LITRE_GOVERNOR_MACHINE";

    /// <summary>The launcher's path, which it sets, so that commands are printed as the user would type them.</summary>
    public const string Launcher = "LITRE_LAUNCHER";

    /// <summary>Set to anything: no colours (https://no-color.org).</summary>
    public const string NoColor = "NO_COLOR";

    /// <summary>The kind of terminal.</summary>
    public const string Terminal = "TERM";

    /// <summary>The value of a variable; null where it is unset or empty.</summary>
    public static string? Read(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;

    /// <summary>Whether a switch is on, which it is unless it says <c>off</c>.</summary>
    /// <exception cref="InputException">It says something else.</exception>
    public static bool IsOn(string name) => Parse(name, Read(name));

    internal static bool Parse(string name, string? value) =>
        value switch
        {
            null or "on" => true,
            "off" => false,
            _ => throw new InputException($"{name}={value}: expected on or off"),
        };
}
