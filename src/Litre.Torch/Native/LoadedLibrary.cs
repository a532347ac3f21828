namespace Litre.Torch.Native;

/// <summary>The loaded libtorch, for functions that not every build has. Set once, before any operator runs.</summary>
internal static class LoadedLibrary
{
    /// <summary>The handle of its CUDA library; 0 if it has none or is not loaded yet.</summary>
    public static nint Cuda { get; set; }
}
