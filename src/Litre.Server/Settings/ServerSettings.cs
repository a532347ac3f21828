using System.Net;

namespace Litre.Server.Settings;

/// <summary>What a server listens on, and what it permits.</summary>
internal sealed record ServerSettings
{
    public const int DefaultPort = 8000;

    /// <summary>The address to listen on.</summary>
    public IPAddress Address { get; init; } = IPAddress.Loopback;

    /// <summary>The port; 0 for any free one.</summary>
    public int Port { get; init; } = DefaultPort;

    /// <summary>The certificate with its chain, as PEM; null for HTTP.</summary>
    public string? Certificate { get; init; }

    /// <summary>The certificate's private key, as PEM; null if the certificate's file contains it.</summary>
    public string? CertificateKey { get; init; }

    /// <summary>Names in the Host header that are accepted besides addresses and those of this machine's loopback.</summary>
    public IReadOnlyList<string> AllowedHosts { get; init; } = [];

    /// <summary>Origins of web pages that may send requests, such as <c>http://localhost:3000</c>.</summary>
    public IReadOnlyList<string> AllowedOrigins { get; init; } = [];

    /// <summary>The name of the base model in the protocols.</summary>
    public string ModelName { get; init; } = "model";

    /// <summary>The folder of the base model; null if there is none, as in tests.</summary>
    public string? ModelFolder { get; init; }

    /// <summary>The folder below which adapters can be loaded at run time; null if none can.</summary>
    public string? AdapterRoot { get; init; }

    /// <summary>Maximum size of a request's body, in bytes.</summary>
    public long MaxBody { get; init; } = 64L << 20;

    /// <summary>Maximum number of images in a request, frames of videos included.</summary>
    public int MaxImages { get; init; } = 64;

    /// <summary>Maximum number of pixels of an image; it is refused before it is decoded.</summary>
    public long MaxImagePixels { get; init; } = 128L << 20;

    /// <summary>Maximum number of tokens of a prompt; null for what the cache and the model hold.</summary>
    public int? MaxPromptTokens { get; init; }

    /// <summary>Maximum number of tokens of an answer. Requests for more get this many.</summary>
    public int MaxTokens { get; init; } = 4096;

    /// <summary>Maximum duration of a request.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How long running requests may continue after the server was asked to stop.</summary>
    public TimeSpan Drain { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a client may take to send the headers of a request.</summary>
    public TimeSpan HeaderTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long a client may be slower than <see cref="MinimumRate"/> before its connection is closed.</summary>
    public TimeSpan SlowClientTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Minimum rate at which clients send bodies and read answers, in bytes per second.</summary>
    public double MinimumRate { get; init; } = 1024;

    /// <summary>The time after which a stream without text gets a comment, so that nothing on its way closes it.</summary>
    public TimeSpan PingInterval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Whether questions and answers are recorded in the audit log.</summary>
    public bool RecordsContent { get; init; }

    /// <summary>Whether only programs of this machine can connect.</summary>
    public bool IsLoopback => IPAddress.IsLoopback(Address);

    public bool IsSecure => Certificate is not null;
}
