namespace Litre.Model.Hub;

/// <summary>The user's environment for model hubs, under the names that the hubs' own tools use.</summary>
/// <param name="Endpoint"><c>HF_ENDPOINT</c>: the Hugging Face hub or a mirror of it.</param>
/// <param name="Token"><c>HF_TOKEN</c>, or the file that a login wrote; null if there is none.</param>
/// <param name="CacheFolder">
/// The hub's cache: <c>HF_HUB_CACHE</c>, <c>HUGGINGFACE_HUB_CACHE</c>, <c>HF_HOME/hub</c> or the usual place.
/// </param>
/// <param name="ModelScopeEndpoint"><c>MODELSCOPE_ENDPOINT</c> or <c>MODELSCOPE_DOMAIN</c>.</param>
/// <param name="ModelScopeToken"><c>MODELSCOPE_API_TOKEN</c>; null if there is none.</param>
/// <param name="IsOffline"><c>HF_HUB_OFFLINE</c> forbids the network.</param>
public sealed record HubEnvironment(
    Uri Endpoint,
    string? Token,
    string CacheFolder,
    Uri ModelScopeEndpoint,
    string? ModelScopeToken,
    bool IsOffline
)
{
    private const string DefaultEndpoint = "https://huggingface.co";
    private const string DefaultModelScope = "https://www.modelscope.cn";

    /// <summary>Reads the environment; proxies are read by the HTTP client itself.</summary>
    /// <param name="variable">The value of a variable, null or empty if it is not set.</param>
    /// <exception cref="Core.InputException">An address is not valid.</exception>
    public static HubEnvironment Read(Func<string, string?> variable)
    {
        var home = First("HF_HOME") ?? Path.Combine(First("XDG_CACHE_HOME") ?? Path.Combine(UserFolder, ".cache"), "huggingface");
        var offline = First("HF_HUB_OFFLINE")?.ToUpperInvariant() is "1" or "ON" or "YES" or "TRUE";
        return new HubEnvironment(
            Address("HF_ENDPOINT", First("HF_ENDPOINT") ?? DefaultEndpoint),
            First("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN") ?? Saved(First("HF_TOKEN_PATH") ?? Path.Combine(Expand(home), "token")),
            Expand(First("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE") ?? Path.Combine(home, "hub")),
            Address("MODELSCOPE_ENDPOINT", First("MODELSCOPE_ENDPOINT", "MODELSCOPE_DOMAIN") ?? DefaultModelScope),
            First("MODELSCOPE_API_TOKEN"),
            offline
        );

        string? First(params string[] names) => names.Select(variable).FirstOrDefault(v => !string.IsNullOrWhiteSpace(v))?.Trim();
    }

    /// <summary>Parses the address of a hub, with or without https in front.</summary>
    public static Uri Address(string name, string text)
    {
        var full = text.Contains("://", StringComparison.Ordinal) ? text : "https://" + text;
        return Uri.TryCreate(full.TrimEnd('/') + "/", UriKind.Absolute, out var address) && address.Scheme is "http" or "https"
            ? address
            : throw new Core.InputException($"{name}={text}: expected the address of a hub, such as {DefaultEndpoint}");
    }

    private static string UserFolder => Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);

    private static string Expand(string path) =>
        path == "~" || path.StartsWith("~/", StringComparison.Ordinal) ? UserFolder + path[1..] : path;

    private static string? Saved(string path)
    {
        try
        {
            return File.Exists(Expand(path)) && File.ReadAllText(Expand(path)).Trim() is { Length: > 0 } token ? token : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
