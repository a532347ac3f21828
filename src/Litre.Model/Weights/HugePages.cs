using System.Runtime.InteropServices;
using Litre.Torch;

namespace Litre.Model.Weights;

/// <summary>
/// Asks Linux for large pages behind a weight before it is filled for the first time: a checkpoint in pages of 4 KiB costs a
/// fault for each, and on a virtual machine that took longer than reading it.
/// </summary>
internal static partial class HugePages
{
    private const string Library = "libc";
    private const long PageBytes = 2 << 20;
    private const int AdviceHugePage = 14;

    /// <summary>
    /// Asks for all large pages that are wholly inside a weight in the CPU's memory, so that it needs no more memory than before.
    /// </summary>
    internal static void Request(Tensor weight)
    {
        if (weight.Device.Type != DeviceType.Cpu || !OperatingSystem.IsLinux() || weight.Bytes < 2 * PageBytes)
            return;
        var begin = (weight.DataPointer + PageBytes - 1) / PageBytes * PageBytes;
        var end = (weight.DataPointer + weight.Bytes) / PageBytes * PageBytes;
        // Only advice: without large pages, small ones are used.
        if (end > begin)
            _ = Advise((nint)begin, (nuint)(end - begin), AdviceHugePage);
    }

    [LibraryImport(Library, EntryPoint = "madvise")]
    private static partial int Advise(nint address, nuint length, int advice);
}
