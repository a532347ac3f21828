using System.Globalization;
using System.Net;
using Litre.Core;
using Litre.Inference;
using Litre.Inference.Serving;
using Litre.Kernels;
using Litre.Model;
using Litre.Model.Hub;
using Litre.Torch;
using Litre.Torch.Loading;

namespace Litre.Server.Settings;

/// <summary>The arguments of the program, which the command serve has checked: names of settings with their values.</summary>
internal sealed class ServerArguments
{
    private const string Prefix = "--";
    private static readonly string[] Flags = ["log-content", "other-base"];

    private readonly Dictionary<string, List<string>> _values = new(StringComparer.Ordinal);

    /// <exception cref="InputException">An argument is not one of the program.</exception>
    public ServerArguments(IReadOnlyList<string> arguments)
    {
        for (var i = 0; i < arguments.Count; i++)
        {
            if (!arguments[i].StartsWith(Prefix, StringComparison.Ordinal))
                throw new InputException($"{arguments[i]}: litre-server is started by litre serve; see its help");
            var name = arguments[i][Prefix.Length..];
            if (!_values.TryGetValue(name, out var values))
                _values.Add(name, values = []);
            if (Flags.Contains(name))
                continue;
            if (++i == arguments.Count)
                throw new InputException(name, null, "has no value", null);
            values.Add(arguments[i]);
        }
    }

    /// <summary>The folder of the model.</summary>
    public string Model => Text("model") ?? throw new InputException("model", null, "is required", "start the server with litre serve");

    /// <summary>An image to ask about, for the example that is printed; null for none.</summary>
    public string? Example => Text("example");

    /// <summary>Adapters to load, by name.</summary>
    /// <exception cref="InputException">One is not of the form NAME=DIR.</exception>
    public IReadOnlyList<(string Name, string Path)> Adapters =>
        [
            .. All("adapter")
                .Select(text =>
                    text.Split('=', 2) is [{ Length: > 0 } name, { Length: > 0 } path]
                        ? (name, path)
                        : throw new InputException(
                            "adapter",
                            text,
                            "expected NAME=DIR",
                            "give a name for requests and the adapter's folder"
                        )
                ),
        ];

    /// <exception cref="InputException">A value is out of range.</exception>
    public ServerSettings Server()
    {
        var defaults = new ServerSettings();
        var folder = ModelFolder.Resolve(Model);
        return new ServerSettings
        {
            Address = Text("host") is { } host ? ParseAddress(host) : defaults.Address,
            Port = Number("port", 0, IPEndPoint.MaxPort) ?? defaults.Port,
            Certificate = Text("certificate"),
            CertificateKey = Text("certificate-key"),
            AllowedHosts = All("allowed-host"),
            AllowedOrigins = [.. All("allow-origin").Select(o => o.TrimEnd('/'))],
            ModelName = NameOf(folder),
            ModelFolder = folder,
            AdapterRoot = Text("adapter-root") is { } root ? Path.GetFullPath(root) : null,
            MaxBody = Size("max-body") ?? defaults.MaxBody,
            MaxImages = Number("max-images", 0) ?? defaults.MaxImages,
            MaxImagePixels = Size("max-image-pixels") ?? defaults.MaxImagePixels,
            MaxPromptTokens = Number("max-prompt-tokens", 1),
            MaxTokens = Number("max-tokens", 1) ?? defaults.MaxTokens,
            Timeout = Seconds("timeout", 1) ?? defaults.Timeout,
            Drain = Seconds("drain", 0) ?? defaults.Drain,
            RecordsContent = _values.ContainsKey("log-content"),
        };
    }

    /// <summary>How the model is opened. Loads libtorch.</summary>
    /// <exception cref="InputException">The model or the device cannot be used.</exception>
    public SessionSettings Session()
    {
        var folder = ModelFolder.Resolve(Model);
        return new SessionSettings(folder)
        {
            Device = DeviceChoice.Choose(Text("device")),
            DType = Text("dtype") switch
            {
                null => ModelFiles.TypeOf(folder),
                "bfloat16" => DType.BFloat16,
                _ => DType.Float32,
            },
            MinimumPixels = Size("min-pixels"),
            MaximumPixels = Size("max-pixels"),
            UsesTrainedTiling = false,
            Kernels = KernelOptions.FromEnvironment(),
        };
    }

    /// <summary>The limits of the engine.</summary>
    /// <exception cref="InputException">A value is out of range.</exception>
    public ServingSettings Serving()
    {
        var defaults = new ServingSettings();
        return new ServingSettings
        {
            MaxRunning = Number("max-running", 1) ?? defaults.MaxRunning,
            MaxWaiting = Number("max-waiting", 0) ?? defaults.MaxWaiting,
            CacheTokens = Number("cache-tokens", 1),
            ChunkTokens = Number("chunk-tokens", 1),
            PrefixShare = Fraction("prefix-share") ?? defaults.PrefixShare,
            AdapterBytes = Size("adapter-memory") ?? defaults.AdapterBytes,
            AllowOtherBase = _values.ContainsKey("other-base"),
        };
    }

    // A snapshot in the hub's cache has a hash for a name.
    private static string NameOf(string folder)
    {
        const string Cached = "models--";
        var path = Path.GetFullPath(folder);
        for (var parent = new DirectoryInfo(path); parent is not null; parent = parent.Parent)
        {
            if (parent.Name.StartsWith(Cached, StringComparison.Ordinal))
                return parent.Name[Cached.Length..].Replace("--", "/", StringComparison.Ordinal);
        }
        return Path.GetFileName(path.TrimEnd('/'));
    }

    // No name is looked up, because that would ask another machine.
    private static IPAddress ParseAddress(string host) =>
        host == "localhost" ? IPAddress.Loopback
        : IPAddress.TryParse(host, out var address) ? address
        : throw new InputException(
            "host",
            host,
            "is not an address",
            "give an IP address of this machine, such as 192.168.1.20, or 0.0.0.0 for all"
        );

    private string? Text(string name) => _values.GetValueOrDefault(name)?.LastOrDefault();

    private IReadOnlyList<string> All(string name) => _values.GetValueOrDefault(name) ?? [];

    private int? Number(string name, int minimum, int maximum = int.MaxValue) =>
        Text(name) is not { } text ? null
        : int.TryParse(text, CultureInfo.InvariantCulture, out var value) && value >= minimum && value <= maximum ? value
        : throw new InputException(
            name,
            text,
            maximum == int.MaxValue
                ? $"expected a whole number of {minimum} or more"
                : $"expected a whole number from {minimum} to {maximum}",
            null
        );

    private long? Size(string name) =>
        Text(name) is not { } text ? null
        : long.TryParse(text, CultureInfo.InvariantCulture, out var value) && value > 0 ? value
        : throw new InputException(name, text, "expected a whole number above 0", null);

    private double? Fraction(string name) =>
        Text(name) is not { } text ? null
        : double.TryParse(text, CultureInfo.InvariantCulture, out var value) && value >= 0 && value <= 1 ? value
        : throw new InputException(name, text, "expected a number from 0 to 1", null);

    private TimeSpan? Seconds(string name, double minimum) =>
        Text(name) is not { } text ? null
        : double.TryParse(text, CultureInfo.InvariantCulture, out var value) && value >= minimum && value <= 1e6
            ? TimeSpan.FromSeconds(value)
        : throw new InputException(name, text, $"expected a number of seconds of {minimum} or more", null);
}
