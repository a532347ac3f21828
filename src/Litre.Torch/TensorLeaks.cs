using System.Collections.Concurrent;
using System.Diagnostics;

namespace Litre.Torch;

/// <summary>
/// In debug builds, where each live tensor was created. A tensor that the garbage collector finds alive was never
/// disposed; that is a bug, reported with the stack of its allocation.
/// </summary>
public static class TensorLeaks
{
    private static readonly ConcurrentQueue<string> Found = new();

    /// <summary>Set in debug builds to record the stack of every allocation (about 20 us each).</summary>
    public static bool RecordStacks { get; set; }

    /// <summary>Descriptions of the tensors that were collected without disposal since the last call.</summary>
    public static IReadOnlyList<string> Take()
    {
        var list = new List<string>();
        while (Found.TryDequeue(out var text))
            list.Add(text);
        return list;
    }

    [Conditional("DEBUG")]
    internal static void Report(string shape, StackTrace? stack) =>
        Found.Enqueue($"tensor {shape} was never disposed" + (stack is null ? "" : $"; created at\n{stack}"));
}
