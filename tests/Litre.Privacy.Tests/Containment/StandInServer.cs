namespace Litre.Privacy.Tests.Containment;

/// <summary>A server of OpenAI's protocol with one adapter, which says what it was asked.</summary>
internal static class StandInServer
{
    /// <summary>For Node; the port is its argument.</summary>
    public const string Script = """
        const http = require('http');
        const server = http.createServer((request, response) => {
          let body = '';
          request.on('data', part => body += part);
          request.on('end', () => {
            const send = value => { response.setHeader('content-type', 'application/json'); response.end(JSON.stringify(value)); };
            if (request.url === '/health') return send({});
            if (request.url === '/v1/models') return send({ data: [{ id: 'base' }, { id: 'adapter' }] });
            const asked = JSON.parse(body), parts = asked.messages[0].content;
            const image = parts[0].image_url.url.split(',')[1];
            send({ choices: [{ message: { content: `${asked.model} saw ${image} and ${parts[1].text}` } }] });
          });
        });
        server.listen(Number(process.argv[2]), '127.0.0.1');
        process.on('SIGTERM', () => process.exit(0));
        """;
}
