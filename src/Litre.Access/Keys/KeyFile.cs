using System.Text.Json;
using Litre.Core;
using Litre.Core.Files;

namespace Litre.Access.Keys;

/// <summary>The file of the keys.</summary>
internal sealed record KeyFile(int Version, IReadOnlyList<StoredKey> Keys)
{
    public const int CurrentVersion = 1;

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
    };

    public static KeyFile Empty { get; } = new(CurrentVersion, []);

    /// <summary>Reads a file, which need not exist.</summary>
    public static KeyFile Read(string path)
    {
        try
        {
            if (!File.Exists(path))
                return Empty;
            if (PrivateFiles.IsOpenToOthers(path))
                throw new InputException(
                    $"{path}: other users of this machine can read or change the keys, so they are refused; run chmod 600 on it, "
                        + "and create new keys if somebody may have changed it"
                );
            var file = JsonSerializer.Deserialize<KeyFile>(File.ReadAllBytes(path), Json);
            if (file is not { Version: CurrentVersion })
                throw new InputException(
                    $"{path}: has version {file?.Version ?? 0}, expected {CurrentVersion}; use the version of Litre that wrote it"
                );
            foreach (var key in file.Keys)
                if (key.Salt.Length == 0 || key.Sha256.Length != KeySecret.HashBytes)
                    throw new InputException($"{path}: the key {VisibleText.Of(key.Name)} is damaged; {Remedy}");
            return file;
        }
        catch (Exception e) when (e is JsonException or FormatException)
        {
            throw new InputException($"{path}: is damaged ({e.Message}); {Remedy}", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: cannot be read ({e.Message}); check its owner and its permissions", e);
        }
    }

    public void Write(string path)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(this, Json);
        AtomicFile.Write(path, bytes.Length, stream => stream.Write(bytes));
    }

    private const string Remedy = "restore it from a backup, or delete it and create new keys";
}

/// <summary>A key as it is stored.</summary>
internal sealed record StoredKey(string Id, string Name, bool Admin, DateTimeOffset Created, byte[] Salt, byte[] Sha256);
