namespace Litre.Torch.Native;

/// <summary>The libtorch that was loaded, for functions that not every build has. Set once, before any operator runs.</summary>
internal static class LoadedLibrary
{
    /// <summary>The handle of its library for CUDA; 0 where it has none, or before it was loaded.</summary>
    public static nint Cuda { get; set; }
}
