using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Litre.Core;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Litre.Server.Settings;

/// <summary>How the server listens: address, certificate, and limits against clients that send or read slowly.</summary>
internal static class Listening
{
    private const int Connections = 2048;
    private static readonly TimeSpan IdleTimeout = TimeSpan.FromMinutes(2);

    /// <exception cref="InputException">The certificate cannot be used.</exception>
    public static void Configure(KestrelServerOptions kestrel, ServerSettings settings)
    {
        kestrel.AddServerHeader = false;
        var limits = kestrel.Limits;
        limits.MaxRequestBodySize = settings.MaxBody;
        limits.MaxConcurrentConnections = Connections;
        limits.RequestHeadersTimeout = settings.HeaderTimeout;
        limits.KeepAliveTimeout = IdleTimeout;
        limits.MinRequestBodyDataRate = new MinDataRate(settings.MinimumRate, settings.SlowClientTimeout);
        limits.MinResponseDataRate = new MinDataRate(settings.MinimumRate, settings.SlowClientTimeout);
        if (settings.Certificate is not { } file)
        {
            kestrel.Listen(settings.Address, settings.Port);
            return;
        }
        var (certificate, chain) = Load(file, settings.CertificateKey);
        kestrel.Listen(
            settings.Address,
            settings.Port,
            listen =>
                listen.UseHttps(https =>
                {
                    https.ServerCertificate = certificate;
                    https.ServerCertificateChain = chain;
                })
        );
    }

    private static (X509Certificate2 Certificate, X509Certificate2Collection Chain) Load(string file, string? keyFile)
    {
        try
        {
            var chain = new X509Certificate2Collection();
            chain.ImportFromPemFile(file);
            return (X509Certificate2.CreateFromPemFile(file, keyFile), chain);
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new InputException(
                "certificate",
                file,
                $"cannot be used ({e.Message})",
                "give a PEM file with the certificate and its chain, and its private key as `certificate-key`"
            );
        }
    }
}
