using System.Text.Json;
using System.Text.RegularExpressions;
using Litre.Access.Audit;
using Litre.Server.Errors;
using Litre.Server.Requests;
using Litre.Server.Security;
using Microsoft.AspNetCore.Routing;

namespace Litre.Server.Adapters;

/// <summary>vLLM's endpoints that load and unload adapters at run time.</summary>
internal static partial class AdapterEndpoints
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes
            .MapPost("/v1/load_lora_adapter", LoadAsync)
            .WithName("loadAdapter")
            .WithSummary("Loads an adapter from a folder below the server's adapter root. Needs an admin key.")
            .WithTags("Adapters")
            .Accepts<LoadAdapterRequest>("application/json")
            .Produces<string>(StatusCodes.Status200OK, "text/plain");
        routes
            .MapPost("/v1/unload_lora_adapter", UnloadAsync)
            .WithName("unloadAdapter")
            .WithSummary("Removes an adapter; requests that use it are finished first. Needs an admin key.")
            .WithTags("Adapters")
            .Accepts<UnloadAdapterRequest>("application/json")
            .Produces<string>(StatusCodes.Status200OK, "text/plain");
    }

    private static async Task<IResult> LoadAsync(
        HttpContext context,
        EngineHost host,
        ModelCatalog catalog,
        AdapterRoot root,
        AuditTrail audit
    )
    {
        var record = context.Record();
        KeyCheck.RequireAdmin(record);
        var body = await RequestBody.ReadAsync(context);
        var (name, path) = (Text(body, "lora_name"), Text(body, "lora_path"));
        CheckName(name, catalog.BaseName);
        var engine = host.Require();
        if (!IsTrue(body, "load_inplace") && engine.Adapters.Any(a => a.Name == name))
            throw ApiException.Invalid(
                "lora_name",
                $"'{name}' is already loaded; unload it first, or send load_inplace: true",
                "adapter_exists"
            );
        var adapter = await engine.LoadAdapterAsync(name, root.Resolve(path), record.Cancel);
        var entry = new AdapterEntry(true, adapter.Name, adapter.Path)
        {
            AdapterFingerprint = catalog.Fingerprint(adapter),
            KeyId = record.Key!.Id,
            Key = record.Key.Name,
        };
        await audit.AppendAsync(entry);
        return Results.Text($"Success: LoRA adapter '{name}' added successfully.");
    }

    private static async Task<IResult> UnloadAsync(HttpContext context, EngineHost host, AuditTrail audit)
    {
        var record = context.Record();
        KeyCheck.RequireAdmin(record);
        var name = Text(await RequestBody.ReadAsync(context), "lora_name");
        var engine = host.Require();
        var adapter = engine.Adapters.FirstOrDefault(a => a.Name == name) ?? throw ApiException.ModelNotFound(name);
        await engine.UnloadAdapterAsync(name, record.Cancel);
        await audit.AppendAsync(new AdapterEntry(false, name, adapter.Path) { KeyId = record.Key!.Id, Key = record.Key.Name });
        return Results.Text($"Success: LoRA adapter '{name}' removed successfully.");
    }

    /// <summary>Whether an adapter can have a name.</summary>
    public static bool IsName(string name) => Name().IsMatch(name);

    private static void CheckName(string name, string baseName)
    {
        if (!IsName(name))
            throw ApiException.Invalid(
                "lora_name",
                "use 1 to 64 letters, digits, dots, underscores or hyphens, the first one a letter or digit"
            );
        if (name == baseName)
            throw ApiException.Invalid("lora_name", $"'{name}' is the name of the base model; choose another one");
    }

    private static string Text(JsonElement body, string field) =>
        body.TryGetProperty(field, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text
            ? text
            : throw ApiException.Invalid(field, "is required, as text");

    private static bool IsTrue(JsonElement body, string field) =>
        body.TryGetProperty(field, out var value) && value.ValueKind == JsonValueKind.True;

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}\z")]
    private static partial Regex Name();
}

/// <summary>What to load.</summary>
/// <param name="LoraName">The name that requests give as their model.</param>
/// <param name="LoraPath">A folder below the server's adapter root, relative to it or absolute.</param>
/// <param name="LoadInplace">Whether an adapter of that name is replaced.</param>
internal sealed record LoadAdapterRequest(string LoraName, string LoraPath, bool LoadInplace = false);

/// <summary>What to remove.</summary>
internal sealed record UnloadAdapterRequest(string LoraName);
