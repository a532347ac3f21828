using System.Globalization;

namespace Litre.Torch.Loading;

/// <summary>The libtorch that this process runs on. Immutable; the handles stay valid until the process ends.</summary>
public sealed record LibtorchInfo
{
    /// <summary>Handle of <c>libtorch_cpu.so</c>, for <see cref="System.Runtime.InteropServices.NativeLibrary"/>.</summary>
    public required nint CpuHandle { get; init; }

    /// <summary>Handle of <c>libtorch_cuda.so</c>, or 0 where this build or this machine has no CUDA.</summary>
    public required nint CudaHandle { get; init; }

    /// <summary>The build's own name of its version, for example <c>2.11.0+cu130</c>.</summary>
    public required string Version { get; init; }

    /// <summary>What <c>aoti_torch_abi_version</c> answered; every dispatcher call passes it back.</summary>
    public required ulong AbiVersion { get; init; }

    /// <summary>The folder that holds <c>libtorch_cpu.so</c>.</summary>
    public required string Folder { get; init; }

    /// <summary>Why this folder was considered.</summary>
    public required string Source { get; init; }

    /// <summary>Every place tried up to the one taken, in order.</summary>
    public required IReadOnlyList<LoadAttempt> Attempts { get; init; }

    public bool HasCuda => CudaHandle != 0;

    /// <summary>The oldest version that can be used, for messages.</summary>
    public static string OldestVersion => LibtorchBuild.Oldest.ToString();

    /// <summary>The interface's version as people write it, for example <c>2.11.0</c>.</summary>
    public string InterfaceVersion =>
        string.Create(CultureInfo.InvariantCulture, $"{AbiVersion >> 56}.{AbiVersion >> 48 & 0xff}.{AbiVersion >> 40 & 0xff}");

    /// <summary>Why this one was taken, in a few words.</summary>
    public string Reason =>
        this switch
        {
            { Source: LibtorchSearch.Variable } => $"the folder that {LibtorchSearch.Variable} names",
            { HasCuda: true } => "the first CUDA build that loads, and a GPU is there",
            _ => "no CUDA build runs here; the first one for the CPU",
        };
}
