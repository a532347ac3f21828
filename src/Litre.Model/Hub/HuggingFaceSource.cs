using System.Net.Http.Headers;
using System.Text.Json;
using Litre.Core;

namespace Litre.Model.Hub;

/// <summary>The Hugging Face hub, or a mirror of the same interface (<c>api/models</c> and <c>resolve</c>).</summary>
public sealed class HuggingFaceSource(HttpClient client, Uri endpoint, string? token)
    : HttpModelSource(client, "the Hugging Face hub", endpoint)
{
    public override string DefaultRevision => "main";

    public override AuthenticationHeaderValue? Authorization => token is null ? null : new AuthenticationHeaderValue("Bearer", token);

    public override async Task<HubListing> ListAsync(string model, string revision, CancellationToken cancel)
    {
        var address = new Uri(Endpoint, $"api/models/{Escape(model)}/revision/{Uri.EscapeDataString(revision)}?blobs=true");
        using var document = await ReadAsync(address, model, revision, cancel);
        var root = document.RootElement;
        if (
            root.ValueKind != JsonValueKind.Object
            || !root.TryGetProperty("siblings", out var siblings)
            || siblings.ValueKind != JsonValueKind.Array
        )
            throw new InputException(
                $"{address}: the response lists no files; check that this is the address of the Hugging Face hub or of a "
                    + "mirror of it (HF_ENDPOINT, `from`)"
            );
        var files = siblings.EnumerateArray().Select(File).OfType<HubFile>().OrderBy(f => f.Path, StringComparer.Ordinal);
        return new HubListing(Text(root, "sha") ?? revision, [.. files]);
    }

    public override Uri Address(string model, string revision, string path) =>
        new(Endpoint, $"{Escape(model)}/resolve/{Uri.EscapeDataString(revision)}/{Escape(path)}");

    private static HubFile? File(JsonElement entry)
    {
        if (entry.ValueKind != JsonValueKind.Object || Text(entry, "rfilename") is not { } path)
            return null;
        var large = entry.TryGetProperty("lfs", out var lfs) && lfs.ValueKind == JsonValueKind.Object;
        // A large file's own identity is that of its LFS pointer; the pointer contains the sum of its content.
        var sum = large ? FileChecksum.Parse(Text(lfs, "sha256") ?? Text(lfs, "oid")) : FileChecksum.Parse(Text(entry, "blobId"));
        return new HubFile(path, Number(entry, "size") ?? (large ? Number(lfs, "size") : null), sum);
    }

    private static string? Text(JsonElement entry, string name) =>
        entry.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static long? Number(JsonElement entry, string name) =>
        entry.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number)
            ? number
            : null;
}
