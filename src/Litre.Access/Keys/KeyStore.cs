using System.Security.Cryptography;
using Litre.Core;
using Litre.Core.Files;

namespace Litre.Access.Keys;

/// <summary>
/// The keys of this machine's servers, in a file that only its owner can read. Secrets are stored as hashes. Changes by another process
/// act at the next call. Thread-safe.
/// </summary>
public sealed class KeyStore
{
    /// <summary>The name of its folder in the state folder.</summary>
    public const string FolderName = "access";

    private const string FileName = "keys.json";
    private const string LockName = ".lock";
    private const int MaxNameLength = 64;

    // Times of file systems are coarse: a file that changed less than this before it was read may change again without a new time.
    private static readonly TimeSpan TimeResolution = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly string _file;
    private readonly KeyUses _uses;
    private KeyFile _keys = KeyFile.Empty;
    private (DateTime Changed, long Length)? _version;

    private KeyStore(string folder)
    {
        Folder = folder;
        _file = Path.Combine(folder, FileName);
        _uses = new KeyUses(Path.Combine(folder, "used"));
    }

    /// <summary>The folder of the keys.</summary>
    public string Folder { get; }

    /// <summary>The keys that exist, in the order of their creation.</summary>
    /// <exception cref="InputException">The file is damaged, or other users can read it.</exception>
    public IReadOnlyList<ApiKey> Keys => [.. Read().Keys.Select(Describe)];

    /// <summary>Opens the keys of a folder.</summary>
    /// <param name="folder">The folder, which is created if it does not exist; null for <c>access</c> in the state folder.</param>
    /// <exception cref="InputException">The folder cannot be created, the file is damaged, or other users can read it.</exception>
    public static KeyStore Open(string? folder = null)
    {
        folder ??= StateFolder.Open(FolderName);
        try
        {
            PrivateFiles.CreateFolder(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{folder}: cannot be created ({e.Message}); choose another folder for the keys", e);
        }
        var store = new KeyStore(folder);
        store.Read();
        return store;
    }

    /// <summary>Creates a key.</summary>
    /// <param name="name">1 to 64 letters, digits, dots, underscores or hyphens, not of an existing key.</param>
    /// <param name="admin">Whether it may change the state of a server.</param>
    /// <returns>The key with its secret, which is not stored.</returns>
    /// <exception cref="InputException">The name is in use or cannot be used, or the file cannot be written.</exception>
    public CreatedKey Create(string name, bool admin)
    {
        if (name.Length is 0 or > MaxNameLength || name[0] == '-' || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-'))
            throw new InputException(
                $"{VisibleText.Of(name)}: cannot be the name of a key; use 1 to {MaxNameLength} letters, digits, dots, underscores or "
                    + "hyphens"
            );
        var (secret, salt) = (KeySecret.Create(), KeySecret.CreateSalt());
        var key = new StoredKey(
            "key-" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8)),
            name,
            admin,
            DateTimeOffset.UtcNow,
            salt,
            KeySecret.Hash(salt, secret)
        );
        Change(keys =>
            keys.Any(k => k.Name == name)
                ? throw new InputException($"{name}: a key of this name exists; choose another name, or revoke the key first")
                : [.. keys, key]
        );
        return new CreatedKey(Describe(key), secret);
    }

    /// <summary>Removes a key. Running servers refuse it from the next request on.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>The key that was removed.</returns>
    /// <exception cref="InputException">There is no such key, or the file cannot be written.</exception>
    public ApiKey Revoke(string name)
    {
        StoredKey? revoked = null;
        Change(keys =>
        {
            revoked = keys.FirstOrDefault(k => k.Name == name);
            if (revoked is null)
                throw new InputException(
                    $"{VisibleText.Of(name)}: there is no key of this name; "
                        + (keys.Count == 0 ? "there are no keys" : $"the keys are {string.Join(", ", keys.Select(k => k.Name))}")
                );
            return [.. keys.Where(k => k != revoked)];
        });
        var key = Describe(revoked!);
        _uses.Forget(key.Id);
        return key;
    }

    /// <summary>
    /// The key of a secret, or null. The time does not depend on how much of a stored hash matches, nor on which key it is.
    /// </summary>
    /// <param name="secret">What a client sent.</param>
    /// <exception cref="InputException">The file is damaged, or other users can read it.</exception>
    public ApiKey? Find(string secret)
    {
        var keys = Read().Keys;
        if (!KeySecret.IsPossible(secret))
            return null;
        StoredKey? found = null;
        foreach (var key in keys)
            if (CryptographicOperations.FixedTimeEquals(KeySecret.Hash(key.Salt, secret), key.Sha256))
                found = key;
        if (found is null)
            return null;
        _uses.Record(found.Id);
        return Describe(found);
    }

    private ApiKey Describe(StoredKey key) => new(key.Id, key.Name, key.Admin, key.Created, _uses.Last(key.Id));

    private KeyFile Read()
    {
        lock (_lock)
        {
            var info = new FileInfo(_file);
            var version = info.Exists ? (info.LastWriteTimeUtc, info.Length) : default;
            if (_version == version)
                return _keys;
            _keys = KeyFile.Read(_file);
            _version = DateTime.UtcNow - version.LastWriteTimeUtc > TimeResolution ? version : null;
            return _keys;
        }
    }

    private void Change(Func<IReadOnlyList<StoredKey>, IReadOnlyList<StoredKey>> change)
    {
        try
        {
            using var held = FileLock.Acquire(Path.Combine(Folder, LockName));
            new KeyFile(KeyFile.CurrentVersion, change(KeyFile.Read(_file).Keys)).Write(_file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{Folder}: the keys cannot be changed ({e.Message}); check the folder's owner", e);
        }
        lock (_lock)
            _version = null;
    }
}
