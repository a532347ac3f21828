using Litre.Core;
using Litre.Model.Hub;
using Shared;

namespace Litre.Model.Tests.Hub;

public sealed class ModelFolderTests
{
    [Fact]
    public void Resolve_GitLfsPointers_AreNamed()
    {
        using var folder = new TemporaryFolder();
        folder.Write("config.json", "{}");
        Assert.Equal(folder.Path, ModelFolder.Resolve(folder.Path));
        const string pointer =
            "version https://git-lfs.github.com/spec/v1\noid "
            + "sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 11422654\n";
        folder.Write("tokenizer.json", pointer);
        Assert.Contains(
            "tokenizer.json is a Git LFS pointer",
            Assert.Throws<InputException>(() => ModelFolder.Resolve(folder.Path)).Message
        );
        folder.Write("model.safetensors", pointer);
        Assert.Contains(
            "model.safetensors and 1 more files are Git LFS pointers",
            Assert.Throws<InputException>(() => ModelFolder.Resolve(folder.Path)).Message
        );
    }
}
