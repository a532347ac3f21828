using System.Runtime.Versioning;
using Litre.Access.Keys;
using Litre.Core;
using Shared;

namespace Litre.Access.Tests.Keys;

[UnsupportedOSPlatform("windows")]
public sealed class KeyStoreTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string KeysFile => _folder.File("keys/keys.json");

    public void Dispose() => _folder.Dispose();

    private KeyStore Open() => KeyStore.Open(_folder.File("keys"));

    [Fact]
    public void Create_NewKey_IsFoundByItsSecretAlone()
    {
        var store = Open();
        var (cad, admin) = (store.Create("cad", admin: false), store.Create("office.admin", admin: true));
        Assert.Equal(cad.Key.Id, store.Find(cad.Secret)?.Id);
        Assert.True(store.Find(admin.Secret) is { IsAdmin: true, Name: "office.admin" });
        Assert.Null(store.Find(cad.Secret[..^1] + (cad.Secret[^1] == 'A' ? 'B' : 'A')));
        Assert.Null(store.Find(cad.Secret + "A"));
        Assert.Null(store.Find(""));
        Assert.Null(store.Find(new string('x', 1 << 20)));
    }

    [Fact]
    public void Create_NewKey_HasASecretOf256BitsThatIsNotStored()
    {
        var store = Open();
        var created = store.Create("cad", admin: false);
        Assert.Matches("^sk-litre-[A-Za-z0-9_-]{43}$", created.Secret);
        Assert.DoesNotContain(created.Secret, created.ToString(), StringComparison.Ordinal);
        foreach (var file in Directory.EnumerateFiles(_folder.Path, "*", SearchOption.AllDirectories))
            Assert.DoesNotContain(created.Secret["sk-litre-".Length..], File.ReadAllText(file), StringComparison.Ordinal);
        Assert.NotEqual(created.Secret, store.Create("other", admin: false).Secret);
    }

    [Theory]
    [InlineData("")]
    [InlineData("two words")]
    [InlineData("-admin")]
    [InlineData("../key")]
    [InlineData("key\u001b[2J")]
    [InlineData("größe")]
    public void Create_NameThatCannotBeUsed_IsRefused(string name) =>
        Assert.Contains(
            "cannot be the name of a key",
            Assert.Throws<InputException>(() => Open().Create(name, false)).Message,
            StringComparison.Ordinal
        );

    [Fact]
    public void Create_NameInUse_IsRefusedUntilItIsRevoked()
    {
        var store = Open();
        var first = store.Create("cad", admin: false);
        Assert.Contains(
            "a key of this name exists",
            Assert.Throws<InputException>(() => store.Create("cad", true)).Message,
            StringComparison.Ordinal
        );
        store.Revoke("cad");
        var second = store.Create("cad", admin: false);
        Assert.NotEqual(first.Key.Id, second.Key.Id);
        Assert.Null(store.Find(first.Secret));
    }

    [Fact]
    public void Revoke_UnknownName_NamesTheKeys()
    {
        var store = Open();
        Assert.Contains("there are no keys", Assert.Throws<InputException>(() => store.Revoke("cad")).Message, StringComparison.Ordinal);
        store.Create("office", admin: false);
        Assert.Contains("the keys are office", Assert.Throws<InputException>(() => store.Revoke("cad")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Find_ChangesByAnotherStore_ActAtOnce()
    {
        var (server, command) = (Open(), Open());
        Assert.Empty(server.Keys);
        var cad = command.Create("cad", admin: false);
        Assert.NotNull(server.Find(cad.Secret));
        var other = command.Create("dac", admin: false);
        command.Revoke("cad");
        Assert.Null(server.Find(cad.Secret));
        Assert.NotNull(server.Find(other.Secret));
    }

    // The store keeps what it has read only after the file's time is old enough to tell a later change apart.
    [Fact]
    public void Find_FileThatChangesAfterItWasKept_IsReadAgain()
    {
        var (server, command) = (Open(), Open());
        var cad = command.Create("cad", admin: false);
        File.SetLastWriteTimeUtc(KeysFile, DateTime.UtcNow.AddMinutes(-1));
        Assert.NotNull(server.Find(cad.Secret));
        Assert.NotNull(server.Find(cad.Secret));
        command.Revoke("cad");
        Assert.Null(server.Find(cad.Secret));
    }

    [Fact]
    public void Find_KeyInUse_RecordsTheTime()
    {
        var store = Open();
        var cad = store.Create("cad", admin: false);
        Assert.Null(cad.Key.LastUsed);
        store.Find(cad.Secret);
        var used = Assert.Single(Open().Keys).LastUsed;
        Assert.NotNull(used);
        Assert.InRange(DateTimeOffset.UtcNow - used.Value, TimeSpan.FromSeconds(-1), TimeSpan.FromMinutes(1));
    }

    [Fact]
    public void Files_OfTheStore_AreReadableByTheirOwnerAlone()
    {
        var store = Open();
        store.Find(store.Create("cad", admin: false).Secret);
        foreach (var path in Directory.EnumerateFileSystemEntries(_folder.File("keys"), "*", SearchOption.AllDirectories))
            Assert.Equal((UnixFileMode)0, File.GetUnixFileMode(path) & (UnixFileMode)0x3f);
        Assert.Equal((UnixFileMode)0, File.GetUnixFileMode(_folder.File("keys")) & (UnixFileMode)0x3f);
    }

    [Fact]
    public void Open_FileThatOthersCanRead_IsRefused()
    {
        Open().Create("cad", admin: false);
        File.SetUnixFileMode(KeysFile, File.GetUnixFileMode(KeysFile) | UnixFileMode.GroupRead);
        Assert.Contains("chmod 600", Assert.Throws<InputException>(() => Open()).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("""{"version":2,"keys":[]}""")]
    [InlineData("""{"version":1}""")]
    [InlineData("""{"version":1,"keys":[{"id":"a","name":"b","admin":true,"created":"2026-01-01T00:00:00Z","salt":"","sha256":""}]}""")]
    public void Open_DamagedFile_IsRefusedWithItsName(string text)
    {
        Open().Create("cad", admin: false);
        File.WriteAllText(KeysFile, text);
        Assert.Contains("keys.json", Assert.Throws<InputException>(() => Open()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Create_ManyStoresAtOnce_LosesNoKey()
    {
        await Task.WhenAll(
            Enumerable
                .Range(0, 4)
                .Select(i => Task.Run(() => Enumerable.Range(0, 10).ToList().ForEach(j => Open().Create($"key{i}-{j}", false))))
        );
        Assert.Equal(40, Open().Keys.Count);
    }
}
