using System.Globalization;

namespace Litre.Torch.Loading;

/// <summary>The libtorch that this process runs on. Immutable; the handles stay valid until the process ends.</summary>
public sealed record LibtorchInfo
{
    /// <summary>Handle of <c>libtorch_cpu.so</c>, for <see cref="System.Runtime.InteropServices.NativeLibrary"/>.</summary>
    public required nint CpuHandle { get; init; }

    /// <summary>Handle of <c>libtorch_cuda.so</c>, or 0 if this build or this machine has no CUDA.</summary>
    public required nint CudaHandle { get; init; }

    /// <summary>The build's own name of its version, for example <c>2.11.0+cu130</c>.</summary>
    public required string Version { get; init; }

    /// <summary>The result of <c>aoti_torch_abi_version</c>; every dispatcher call passes it.</summary>
    public required ulong AbiVersion { get; init; }

    /// <summary>The folder that contains <c>libtorch_cpu.so</c>.</summary>
    public required string Folder { get; init; }

    /// <summary>Why this folder was considered.</summary>
    public required string Source { get; init; }

    /// <summary>Every place tried up to the chosen one, in order.</summary>
    public required IReadOnlyList<LoadAttempt> Attempts { get; init; }

    public bool HasCuda => CudaHandle != 0;

    /// <summary>The oldest supported version, for messages.</summary>
    public static string OldestVersion => LibtorchBuild.Oldest.ToString();

    /// <summary>The interface's version in its usual form, for example <c>2.11.0</c>.</summary>
    public string InterfaceVersion =>
        string.Create(CultureInfo.InvariantCulture, $"{AbiVersion >> 56}.{AbiVersion >> 48 & 0xff}.{AbiVersion >> 40 & 0xff}");

    /// <summary>Why this one was chosen, in a few words.</summary>
    public string Reason =>
        this switch
        {
            { Source: LibtorchSearch.Variable } => $"the folder that {LibtorchSearch.Variable} names",
            { HasCuda: true } => "the first CUDA build that loads, because there is a GPU",
            _ => "no CUDA build runs here; the first CPU build that loads",
        };
}
