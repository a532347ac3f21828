using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Litre.Core;

namespace Litre.Server.Tests.Security;

/// <summary>What the server listens on: what its settings say, and nothing else.</summary>
public sealed class ListeningTests
{
    [Fact]
    public async Task Start_VariablesOfTheFramework_ChangeNothing()
    {
        string[] names = ["ASPNETCORE_URLS", "ASPNETCORE_HTTP_PORTS", "DOTNET_URLS"];
        foreach (var name in names)
            Environment.SetEnvironmentVariable(name, name.EndsWith("PORTS", StringComparison.Ordinal) ? "0" : "http://0.0.0.0:0");
        try
        {
            await using var server = await ServerFixture.StartAsync();
            Assert.Equal("127.0.0.1", new Uri(Assert.Single(server.App.Urls)).Host);
        }
        finally
        {
            foreach (var name in names)
                Environment.SetEnvironmentVariable(name, null);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Start_Certificate_EncryptsTheConnection(bool isOneFile)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        string file = "",
            keyFile = "";
        await using var server = await ServerFixture.StartAsync(
            s => s with { Certificate = file, CertificateKey = isOneFile ? null : keyFile },
            prepare: fixture =>
            {
                var folder = fixture.Folder("tls");
                (file, keyFile) = (Path.Combine(folder, "box.pem"), Path.Combine(folder, "box.key"));
                File.WriteAllText(file, certificate.ExportCertificatePem() + (isOneFile ? "\n" + key.ExportPkcs8PrivateKeyPem() : ""));
                File.WriteAllText(keyFile, key.ExportPkcs8PrivateKeyPem());
            }
        );
        Assert.Equal("https", server.Address.Scheme);
        using var client = new HttpClient(
            new HttpClientHandler
            {
                ServerCertificateCustomValidationCallback = (_, seen, _, _) => seen?.Thumbprint == certificate.Thumbprint,
            }
        );
        using var response = await client.GetAsync(new Uri(server.Address, "/health"), ServerFixture.Cancel);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var plain = new UriBuilder(server.Address) { Scheme = "http", Path = "/health" }.Uri;
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => client.GetAsync(plain, ServerFixture.Cancel));
    }

    [Fact]
    public async Task Start_CertificateThatIsNotOne_IsRefused()
    {
        var refusal = await Assert.ThrowsAsync<InputException>(() => ServerFixture.StartAsync(s => s with { Certificate = "none.pem" }));
        Assert.Equal("certificate", refusal.Setting);
    }
}
