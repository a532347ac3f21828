using System.Globalization;
using System.Runtime.InteropServices;

namespace Litre.Torch.Loading;

/// <summary>
/// How libtorch's threads wait for one another. By default GNU's OpenMP lets a thread spin for milliseconds before it sleeps;
/// if another program uses one of two processors, the thread that all wait for then shares the other one with those that
/// spin, and a step takes many times as long. Here they spin about as long as falling asleep and waking take.
/// </summary>
/// <remarks>
/// OpenMP reads its settings once, from the C environment, when its library is loaded. .NET's setter changes only its own copy,
/// so libc's is called, before the first library of libtorch is loaded, however the program was started.
/// </remarks>
internal static partial class ThreadWaitPolicy
{
    /// <summary>If the user has set one of these, nothing is changed.</summary>
    internal static readonly string[] Settings = ["OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "KMP_BLOCKTIME"];

    /// <summary>Iterations of a waiting thread's loop before it sleeps, in GNU's OpenMP, which the builds for x64 come with.</summary>
    private const int SpinCount = 1000;

    /// <summary>Milliseconds of the same in Intel's and LLVM's OpenMP, which some builds use instead.</summary>
    private const int BlockTime = 0;

    private const string Library = "libc";

    /// <summary>What <see cref="Apply"/> sets in an environment.</summary>
    /// <param name="variable">Returns a variable's value, or null.</param>
    internal static IReadOnlyDictionary<string, string> Choose(Func<string, string?> variable)
    {
        // Values that the program set through .NET are meant for OpenMP as well.
        var own = Settings
            .Append("OMP_NUM_THREADS")
            .Select(name => KeyValuePair.Create(name, variable(name)))
            .Where(v => v.Value is { Length: > 0 })
            .ToDictionary(v => v.Key, v => v.Value!);
        if (!Settings.Any(own.ContainsKey))
        {
            own["GOMP_SPINCOUNT"] = SpinCount.ToString(CultureInfo.InvariantCulture);
            own["KMP_BLOCKTIME"] = BlockTime.ToString(CultureInfo.InvariantCulture);
        }
        return own;
    }

    /// <summary>Sets the environment that OpenMP will read. Where that fails, threads wait as they did before.</summary>
    internal static void Apply(Func<string, string?> variable)
    {
        foreach (var (name, value) in Choose(variable))
            _ = SetEnvironment(name, value, 1);
    }

    [LibraryImport(Library, EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironment(string name, string value, int overwrite);
}
