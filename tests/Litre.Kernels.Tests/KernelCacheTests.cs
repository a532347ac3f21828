namespace Litre.Kernels.Tests;

public sealed class KernelCacheTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("litre-kernels-");
    private readonly byte[] _code = [.. Enumerable.Range(0, 5000).Select(i => (byte)(i * 7))];
    private readonly KernelCache _cache;

    public KernelCacheTests() => _cache = new KernelCache(Path.Combine(_folder.FullName, "kernels"));

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Read_WhatWasWritten_IsTheSame()
    {
        Assert.Null(_cache.Read("key"));
        Assert.True(_cache.TryWrite("key", _code));
        Assert.Equal(_code, _cache.Read("key"));
        Assert.Null(_cache.Read("other"));
        Assert.True(_cache.TryWrite("key", _code.AsSpan(1)));
        Assert.Equal(_code[1..], _cache.Read("key"));
        Assert.Equal(["key.cubin"], Directory.GetFiles(Path.Combine(_folder.FullName, "kernels")).Select(Path.GetFileName));
    }

    [Theory]
    [InlineData(0)] // the mark
    [InlineData(9)] // the length
    [InlineData(20)] // the sum
    [InlineData(2000)] // the code
    public void Read_OneBitOff_CountsAsAbsent(int at)
    {
        _cache.TryWrite("key", _code);
        var file = File.ReadAllBytes(_cache.PathOf("key"));
        file[at] ^= 1;
        File.WriteAllBytes(_cache.PathOf("key"), file);
        Assert.Null(_cache.Read("key"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(30)]
    [InlineData(48)]
    [InlineData(5000)]
    public void Read_CutShort_CountsAsAbsent(int bytes)
    {
        _cache.TryWrite("key", _code);
        File.WriteAllBytes(_cache.PathOf("key"), File.ReadAllBytes(_cache.PathOf("key"))[..bytes]);
        Assert.Null(_cache.Read("key"));
    }

    [Fact]
    public void TryWrite_FolderThatCannotBe_IsNoError()
    {
        var file = Path.Combine(_folder.FullName, "file");
        File.WriteAllText(file, "");
        var cache = new KernelCache(Path.Combine(file, "kernels"));
        Assert.False(cache.TryWrite("key", _code));
        Assert.Null(cache.Read("key"));
        Assert.False(new KernelCache("").TryWrite("key", _code));
        Assert.Null(new KernelCache("").Read("key"));
    }

    [Fact]
    public void KeyOf_AnyPart_IsInTheKey()
    {
        var (target, options, version) = (new KernelTarget("sm_90", false), (string[])["-a"], new Version(12, 8));
        string[] keys =
        [
            KernelCache.KeyOf(KernelSource.SwiGlu, target, options, version),
            KernelCache.KeyOf(KernelSource.Combine, target, options, version),
            KernelCache.KeyOf(KernelSource.SwiGlu, target with { Option = "sm_80" }, options, version),
            KernelCache.KeyOf(KernelSource.SwiGlu, target, ["-b"], version),
            KernelCache.KeyOf(KernelSource.SwiGlu, target, options, new Version(12, 9)),
        ];
        Assert.Equal(keys.Length, keys.Distinct().Count());
        Assert.Equal(keys[0], KernelCache.KeyOf(KernelSource.SwiGlu, target, options, version));
    }
}
