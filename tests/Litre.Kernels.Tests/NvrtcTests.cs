using Litre.Core;
using Litre.Torch.Loading;

namespace Litre.Kernels.Tests;

/// <summary>Compilation in earnest, which needs the compiler but no GPU.</summary>
public sealed class NvrtcTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("litre-nvrtc-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Compile_EverySourceForEveryDevice_GivesCodeOfIt()
    {
        var nvrtc = Open();
        // Ampere and later, as far as this compiler knows them: GB10 is 12.1.
        var known = nvrtc.Architectures.Where(a => a is 80 or 86 or 89 or 90 or 100 or 103 or 110 or 120 or 121).ToList();
        Assert.NotEmpty(known);
        foreach (var source in KernelSource.All)
        {
            foreach (var architecture in known)
            {
                var code = nvrtc.Compile(source, KernelTarget.For(architecture / 10, architecture % 10, nvrtc.Architectures));
                Assert.True(code.AsSpan().StartsWith("\u007fELF"u8), $"{source.File} for {architecture}");
            }
        }
    }

    [Fact]
    public void Compile_DeviceNewerThanTheCompiler_GivesIntermediateCode()
    {
        var nvrtc = Open();
        var target = KernelTarget.For(99, 0, nvrtc.Architectures);
        Assert.Equal($"compute_{nvrtc.Architectures.Max()}", target.Option);
        foreach (var source in KernelSource.All)
        {
            var code = nvrtc.Compile(source, target);
            Assert.Equal(0, code[^1]); // the driver reads up to it
            Assert.Contains(".visible .entry", System.Text.Encoding.ASCII.GetString(code));
        }
    }

    [Fact]
    public void Compiled_SecondTime_ComesFromTheCache()
    {
        var nvrtc = Open();
        var cache = new KernelCache(_folder.FullName);
        var target = KernelTarget.For(8, 0, nvrtc.Architectures);
        var code = CudaLauncher.Compiled(KernelSource.Combine, target, nvrtc, cache);
        var file = Assert.Single(_folder.GetFiles());
        Assert.Equal(cache.PathOf(KernelCache.KeyOf(KernelSource.Combine, target, Nvrtc.Options, nvrtc.Version)), file.FullName);
        var written = file.LastWriteTimeUtc;
        Assert.Equal(code, CudaLauncher.Compiled(KernelSource.Combine, target, nvrtc, cache));
        Assert.Equal(written, new FileInfo(file.FullName).LastWriteTimeUtc);

        File.WriteAllText(file.FullName, "damaged");
        Assert.Equal(code, CudaLauncher.Compiled(KernelSource.Combine, target, nvrtc, cache));
        Assert.True(new FileInfo(file.FullName).Length > code.Length); // stored again
    }

    [Fact]
    public void Compile_UnknownTarget_SaysWhatTheCompilerSays()
    {
        var failure = Assert.Throws<KernelException>(() =>
            Open().Compile(KernelSource.Combine, new KernelTarget("sm_1", IsVirtual: false))
        );
        Assert.Contains("combine.cu", failure.Message);
        Assert.Contains("sm_1", failure.Message);
    }

    [Fact]
    public void Open_NamedPlaceWithoutIt_IsRefusedWithItsName()
    {
        var failure = Assert.Throws<KernelException>(() => NvrtcSearch.Open(_folder.FullName, null));
        Assert.Contains($"LITRE_NVRTC={_folder.FullName}", failure.Message);
        var file = Path.Combine(_folder.FullName, "libnvrtc.so.13");
        File.WriteAllText(file, "no library");
        Assert.Contains("does not load", Assert.Throws<KernelException>(() => NvrtcSearch.Open(_folder.FullName, null)).Message);
    }

    [Fact]
    public void In_SeveralVersions_TakesTheNewest()
    {
        foreach (
            var name in (string[])
                ["libnvrtc.so.11.2", "libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc-builtins.so.13.0", "libnvrtc.alt.so.13"]
        )
            File.WriteAllText(Path.Combine(_folder.FullName, name), "");
        Assert.Equal("libnvrtc.so.13", Path.GetFileName(NvrtcSearch.In(_folder.FullName)));
        Assert.Null(NvrtcSearch.In(Path.Combine(_folder.FullName, "none")));
    }

    // Where LITRE_NVRTC names one, it must work.
    private static Nvrtc Open()
    {
        var named = HostEnvironment.Read(HostEnvironment.Nvrtc);
        try
        {
            return NvrtcSearch.Open(named, Libtorch.Load().Folder);
        }
        catch (KernelException e) when (named is null)
        {
            Assert.Skip($"no NVRTC here to compile with: {e.Message}");
            throw;
        }
    }
}
