using System.Globalization;

namespace Litre.Torch;

/// <summary>The machine's own memory, as the Linux kernel counts it.</summary>
public static class MachineMemory
{
    /// <summary>Memory that programs can still allocate without swapping, in bytes; null if the kernel does not report it.</summary>
    public static long? AvailableBytes() => Read("MemAvailable:");

    /// <summary>All memory that the kernel manages, in bytes; null if the kernel does not report it.</summary>
    public static long? TotalBytes() => Read("MemTotal:");

    private static long? Read(string key)
    {
        const string Source = "/proc/meminfo";
        if (!File.Exists(Source))
            return null;
        foreach (var line in File.ReadLines(Source))
        {
            if (Parse(line, key) is { } bytes)
                return bytes;
        }
        return null;
    }

    /// <summary>Reads a line such as <c>MemTotal:  24576 kB</c>; null if it has another key.</summary>
    internal static long? Parse(string line, string key)
    {
        if (!line.StartsWith(key, StringComparison.Ordinal))
            return null;
        var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return
            words.Length == 3 && words[2] == "kB" && long.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out var kib)
            ? kib * 1024
            : null;
    }
}
