using System.Runtime.InteropServices;
using Litre.Core;
using Litre.Torch.Loading;

namespace Litre.Torch.Tests.Loading;

public sealed class LibtorchTests
{
    [Fact]
    public void Load_ThisMachine_ExportsTheStableInterface()
    {
        var loaded = Libtorch.Load();
        Assert.NotEqual(0, loaded.CpuHandle);
        Assert.True(NativeLibrary.TryGetExport(loaded.CpuHandle, "torch_call_dispatcher", out _));
        Assert.True(File.Exists(Path.Combine(loaded.Folder, "libtorch_cpu.so")));
        Assert.True(LibtorchBuild.Number(loaded.Version) >= LibtorchBuild.Oldest);
        Assert.True(Assert.Single(loaded.Attempts, attempt => attempt.Taken).Place == loaded.Folder);
    }

    [Fact]
    public void Load_Twice_AnswersTheSame() => Assert.Same(Libtorch.Load(), Libtorch.Load());

    [Fact]
    public void Load_FromManyThreads_LoadsOnce()
    {
        var answers = new LibtorchInfo[16];
        Parallel.For(0, answers.Length, i => answers[i] = Libtorch.Load());
        Assert.All(answers, answer => Assert.Same(answers[0], answer));
    }

    [Fact]
    public unsafe void AbiVersion_CalledThroughTheHandle_EqualsWhatLoadReports()
    {
        var loaded = Libtorch.Load();
        var version = (delegate* unmanaged<ulong>)NativeLibrary.GetExport(loaded.CpuHandle, "aoti_torch_abi_version");
        Assert.Equal(loaded.AbiVersion, version());
        Assert.Equal(
            LibtorchBuild.Number(loaded.Version),
            new Version((int)(loaded.AbiVersion >> 56), (int)(loaded.AbiVersion >> 48 & 0xff))
        );
    }

    [Fact]
    public void ImportResolver_CpuLibraryName_LeadsToTheLoadedLibrary()
    {
        var handle = ImportResolver.Resolve(ImportResolver.TorchCpu, typeof(Libtorch).Assembly, null);
        Assert.Equal(Libtorch.Load().CpuHandle, handle);
    }

    [Fact]
    public void ImportResolver_CudaLibraryNameOnACpuBuild_SaysWhereItRuns()
    {
        Assert.SkipWhen(Libtorch.Load().HasCuda, "this machine runs CUDA");
        var failure = Assert.Throws<InputException>(() =>
            ImportResolver.Resolve(ImportResolver.TorchCuda, typeof(Libtorch).Assembly, null)
        );
        Assert.Contains(Libtorch.Load().Folder, failure.Message);
    }

    [Fact]
    public void LibrarySet_MissingFile_GivesTheLoadersReason()
    {
        using var libraries = new LibrarySet([]);
        Assert.Equal(0, libraries.Open("/no/such/library.so", out var refusal));
        Assert.Contains("/no/such/library.so", refusal);
    }
}
