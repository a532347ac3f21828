using System.Net.Http.Headers;
using System.Text.Json;
using Litre.Core;

namespace Litre.Model.Hub;

/// <summary>ModelScope (<c>api/v1/models/NAME/repo/files</c> and <c>models/NAME/resolve</c>).</summary>
public sealed class ModelScopeSource(HttpClient client, Uri endpoint, string? token) : HttpModelSource(client, "ModelScope", endpoint)
{
    public override string DefaultRevision => "master";

    public override AuthenticationHeaderValue? Authorization => token is null ? null : new AuthenticationHeaderValue("Bearer", token);

    public override async Task<HubListing> ListAsync(string model, string revision, CancellationToken cancel)
    {
        var address = new Uri(
            Endpoint,
            $"api/v1/models/{Escape(model)}/repo/files?Revision={Uri.EscapeDataString(revision)}&Recursive=true"
        );
        using var document = await ReadAsync(address, model, revision, cancel);
        if (
            document.RootElement.ValueKind != JsonValueKind.Object
            || !document.RootElement.TryGetProperty("Data", out var data)
            || data.ValueKind != JsonValueKind.Object
            || !data.TryGetProperty("Files", out var files)
            || files.ValueKind != JsonValueKind.Array
        )
        {
            var said =
                document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("Message", out var message)
                    ? $" ({message})"
                    : "";
            throw new InputException($"{model}: ModelScope lists no files{said}; check the name and `revision`");
        }
        var entries = files
            .EnumerateArray()
            .Where(f => f.TryGetProperty("Type", out var type) && type.GetString() == "blob")
            .Select(f => new HubFile(
                f.GetProperty("Path").GetString()!,
                f.TryGetProperty("Size", out var size) && size.TryGetInt64(out var bytes) ? bytes : null,
                FileChecksum.Parse(f.TryGetProperty("Sha256", out var sum) ? sum.GetString() : null)
            ));
        return new HubListing(revision, [.. entries.OrderBy(f => f.Path, StringComparer.Ordinal)]);
    }

    public override Uri Address(string model, string revision, string path) =>
        new(Endpoint, $"models/{Escape(model)}/resolve/{Uri.EscapeDataString(revision)}/{Escape(path)}");
}
