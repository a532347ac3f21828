using Litre.Core;
using Litre.Library;
using Litre.Library.Comparison;
using Litre.Library.Entries;
using Litre.Model.Configuration;
using Litre.Model.Lora;

namespace Litre.Training.Tests.Library;

public sealed class AdapterLibraryTests : IDisposable
{
    private static readonly AdapterConfig Config = new()
    {
        Rank = 2,
        Alpha = 4,
        TargetModules = ModuleSelection.Of("q_proj"),
    };

    private readonly AdapterWorkshop _work = new();
    private readonly List<string> _said = [];

    private AdapterLibrary Library => new(_work.Library, _said.Add);

    public void Dispose() => _work.Dispose();

    [Theory]
    [InlineData("drawings", "drawings", null, null)]
    [InlineData("drawings@12", "drawings", 12, null)]
    [InlineData("drawings:production", "drawings", null, "production")]
    [InlineData("Zeichnungen-für_A.3", "Zeichnungen-für_A.3", null, null)]
    public void Reference_Written_IsRead(string text, string name, int? version, string? tag)
    {
        var reference = AdapterReference.Parse(text);
        Assert.Equal((name, version, tag), (reference.Name, reference.Version, reference.Tag));
        Assert.Equal(text, reference.ToString());
    }

    [Theory]
    [InlineData("runs/first")]
    [InlineData("base")]
    [InlineData("a@0")]
    [InlineData("a@b")]
    [InlineData("a:")]
    [InlineData("a@1:b")]
    [InlineData("..")]
    [InlineData("")]
    public void Reference_Other_IsNone(string text) => Assert.Null(AdapterReference.TryParse(text));

    [Theory]
    [InlineData("runs/drawings-20261128-101500", "drawings")]
    [InlineData("/mnt/my drawings (new)/", "my-drawings-new")]
    [InlineData("base", "adapter")]
    public void Suggest_Folder_IsAName(string folder, string name) => Assert.Equal(name, AdapterReference.Suggest(folder));

    [Fact]
    public void Add_AgainAndChanged_CountsVersionsUp()
    {
        var folder = _work.Make("drawings", 1, Config);
        Assert.Equal("drawings@1", Library.Add(folder).Id);
        Assert.Equal("drawings@1", Library.Add(folder, note: "the same").Id);
        Assert.Equal("the same", Library.Find("drawings").Note);
        _work.Make("drawings", 2, Config);
        Assert.Equal("drawings@2", Library.Add(folder).Id);
        Library.Remove("drawings@2");
        Assert.Equal("drawings@3", Library.Add(folder).Id); // no version is given twice
        Assert.Equal(["drawings@1", "drawings@3"], Library.Entries().Select(e => e.Id));
        Assert.Empty(_said);
    }

    [Fact]
    public void Resolve_PathNameVersionAndTag_GiveTheirFolders()
    {
        var first = _work.Make("drawings", 1, Config);
        var second = _work.Make("second", 2, Config);
        Library.Add(first);
        Library.Add(second, "drawings");
        Library.Tag("drawings@1", "production");
        Assert.Equal(second, Library.Resolve(second)); // a path is not looked up
        Assert.Equal(second, Library.Resolve("drawings"));
        Assert.Equal(first, Library.Find("drawings@1").Source);
        var production = Library.Resolve("drawings:production");
        Assert.Equal(Library.Resolve("drawings@1"), production);
        Assert.StartsWith(_work.Library, production);
        Assert.Equal(2, AdapterConfig.Load(production).Rank);
    }

    [Fact]
    public void Resolve_Unknown_NamesWhatThereIs()
    {
        Library.Add(_work.Make("drawings", 1, Config));
        Library.Tag("drawings", "production");
        Assert.Contains("(did you mean drawings?)", Refused("drawing"));
        Assert.Contains("it has 1", Refused("drawings@2"));
        Assert.Contains("(its tags: production)", Refused("drawings:test"));
        Assert.Contains("no such folder", Refused("runs/nothing"));

        string Refused(string reference) => Assert.Throws<InputException>(() => Library.Resolve(reference)).Message;
    }

    [Fact]
    public void Resolve_FilesChangedOrGone_IsRefused()
    {
        var folder = _work.Make("drawings", 1, Config);
        Library.Add(folder);
        var weights = Path.Combine(folder, AdapterFiles.WeightsName);
        using (var file = File.OpenWrite(weights))
        {
            file.Position = file.Length - 1;
            file.WriteByte(1);
        }
        Assert.Contains("has changed since it was registered", Assert.Throws<InputException>(() => Library.Resolve("drawings")).Message);
        File.Delete(weights);
        Assert.Contains("no longer exists", Assert.Throws<InputException>(() => Library.Resolve("drawings")).Message);
    }

    [Fact]
    public void Tag_Production_SurvivesTheFolderAndMovesToAnotherVersion()
    {
        var folder = _work.Make("drawings", 1, Config);
        Library.Add(folder);
        Assert.Equal(((string, int?))("drawings@1", null), Tag("drawings"));
        Directory.Delete(folder, recursive: true);
        Assert.True(File.Exists(Path.Combine(Library.Resolve("drawings:production"), AdapterFiles.WeightsName)));
        Library.Add(_work.Make("drawings", 2, Config));
        Assert.Equal(((string, int?))("drawings@2", 1), Tag("drawings@2"));
        Assert.Equal("drawings@2", Library.Find("drawings:production").Id);
        Assert.Equal(2, Library.Untag("drawings:production"));
        Assert.Throws<InputException>(() => Library.Find("drawings:production"));

        (string, int?) Tag(string reference)
        {
            var (entry, before) = Library.Tag(reference, "production");
            return (entry.Id, before);
        }
    }

    [Fact]
    public void Remove_TaggedOrOnlyCopy_NeedsForceAndKeepsOtherFiles()
    {
        var folder = _work.Make("drawings", 1, Config);
        Library.Add(folder);
        Library.Tag("drawings", "production");
        Assert.Contains("has the tag production", Assert.Throws<InputException>(() => Library.Remove("drawings")).Message);
        var removed = Library.Remove("drawings", force: true);
        Assert.Equal(folder, removed.KeptSource);
        Assert.False(Directory.Exists(removed.DeletedCopy));
        Assert.True(File.Exists(Path.Combine(folder, AdapterFiles.WeightsName)));
        Assert.Empty(Library.Entries());

        var copy = Library.Add(folder, "copied", copy: true);
        Directory.Delete(folder, recursive: true);
        Assert.Contains("is the only one left", Assert.Throws<InputException>(() => Library.Remove("copied")).Message);
        Assert.True(Directory.Exists(copy.Folder));
        Assert.Null(Library.Remove("copied", force: true).KeptSource);
        Assert.False(Directory.Exists(copy.Folder));
    }

    [Fact]
    public void Entries_DamagedFile_IsNamedAndSkipped()
    {
        Library.Add(_work.Make("a", 1, Config));
        Library.Add(_work.Make("b", 2, Config));
        var file = Path.Combine(_work.Library, "entries", "a@1.json");
        File.WriteAllText(file, File.ReadAllText(file)[..100]);
        Assert.Equal(["b@1"], Library.Entries().Select(e => e.Id));
        Assert.StartsWith($"{file}: this entry of the adapter library is damaged", Assert.Single(_said));
        Assert.Throws<InputException>(() => Library.Resolve("a"));
        Assert.Equal("a@2", Library.Add(_work.In("a")).Id); // its version is not given again
    }

    [Fact]
    public void Files_OfTheLibrary_AreReadableByTheirOwnerAlone()
    {
        Library.Add(_work.Make("a", 1, Config), copy: true);
        const UnixFileMode Others = (UnixFileMode)0b111_111;
        var all = Directory.EnumerateFileSystemEntries(_work.Library, "*", SearchOption.AllDirectories).Append(_work.Library).ToList();
        Assert.True(all.Count >= 8);
        Assert.All(all, path => Assert.True((new FileInfo(path).UnixFileMode & Others) == 0, path));
    }

    [Fact]
    public void Add_ManyAtOnce_LosesNone()
    {
        var folders = Enumerable.Range(0, 6).Select(i => _work.Make($"a{i}", i, Config)).ToList();
        Parallel.ForEach(folders, folder => new AdapterLibrary(_work.Library).Add(folder, "same"));
        Assert.Equal(Enumerable.Range(1, 6), Library.Entries().Select(e => e.Version));
    }

    [Fact]
    public void Difference_OfTwoEntries_NamesWhatDiffers()
    {
        var a = Library.Add(_work.Make("a", 1, Config));
        var b = Library.Add(_work.Make("b", 2, Config with { Rank = 3, TargetModules = ModuleSelection.Of("q_proj", "v_proj") }));
        var found = EntryDifference.Find(a, b);
        Assert.Equal(["weights", "rank", "targets"], found.Select(d => d.Name));
        Assert.Equal(("2", "3"), (found[1].A, found[1].B));
        Assert.Empty(EntryDifference.Find(a, a));
    }
}
