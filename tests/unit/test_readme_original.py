"""Nothing of the owner's original description is without its row in the READMEs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXTS = {name: (ROOT / name).read_text() for name in ("README.md", "README.es.md")}

ORIGINAL = {
    "`elevenlabsWebSocketService.js`": (
        "`elevenlabsWebSocketService.js`",
        "Maneja conexiones WebSocket",
    ),
    "map of active connections by phone number": ("mapa de conexiones activas",),
    "lifecycle of a connection: open, message, close": ("Gestiona lifecycle",),
    "`conversationService.js`": (
        "`conversationService.js`",
        "Inicia WebSocket cuando termina",
        "Usa WebSocket para enviar/recibir",
        "Guarda historial",
    ),
    "`batchMonitoringService.js`": ("`batchMonitoringService.js`",),
    "`conversationService.handleCallCompleted()`": ("conversationService.handleCallCompleted()",),
    "call starts, call ends, the monitor sees it": (
        "Detecta llamadas finalizadas",
        "batchMonitoringService detecta",
    ),
    "1. opens the WebSocket with `agent_id`": ("1. Inicia WebSocket con agent_id",),
    "2. stores `conversation_id`": ("2. Guarda conversation_id en BD",),
    "3. sends the first message by WhatsApp": ("3. Envía mensaje inicial por WhatsApp",),
    "the person answers, Twilio webhook": (
        "Usuario responde por WhatsApp",
        "Twilio webhook → conversationService",
    ),
    "checks for an active WebSocket": ("1. Verifica WebSocket activo",),
    "sends the message to the agent, receives the answer": (
        "2. Envía mensaje al agente",
        "3. Recibe respuesta",
    ),
    "sends it by WhatsApp": (
        "4. Envía por WhatsApp",
        "Twilio WhatsApp API",
    ),
    "stores it in the database": ("5. Guarda en BD",),
    "`wss://api.elevenlabs.io/v1/convai/conversation?agent_id={agent_id}`": (
        "ElevenLabs WebSocket Documentation",
        "wss://api.elevenlabs.io/v1/convai/conversation?agent_id={agent_id}",
    ),
    "header `xi-api-key`": ("'xi-api-key'",),
    (
        "`conversation_initiation`: `conversation_config`, `conversation_id`, "
        "`input_audio_format`, `output_audio_format`, `mode`, "
        "`user`, `name`, `metadata`, `source`, `phone`"
    ): ('"type": "conversation_initiation"',),
    "`user_message` with `message`": ('"type": "user_message"',),
    "`agent_response` with `message`": ('"type": "agent_response"',),
    "table `conversation_state`": ("CREATE TABLE conversation_state",),
    "`id`, `phone_number` unique": (
        "id SERIAL PRIMARY KEY",
        "phone_number VARCHAR(20) UNIQUE",
    ),
    "`client_name`, `agent_id`, `batch_id`, `recipient_id`, `call_duration_secs`": (
        "client_name VARCHAR",
        "agent_id VARCHAR",
        "batch_id VARCHAR",
        "recipient_id VARCHAR",
        "call_duration_secs INTEGER",
    ),
    "`elevenlabs_conversation_id`": ("elevenlabs_conversation_id VARCHAR",),
    "`status`, default `active`": ("status VARCHAR(50) DEFAULT 'active'",),
    "`started_at`, `last_message_at`, `message_count`": (
        "started_at TIMESTAMP",
        "last_message_at TIMESTAMP",
        "message_count INTEGER DEFAULT 0",
    ),
    "table `conversation_messages`": ("CREATE TABLE conversation_messages",),
    "`conversation_id`, `direction`, `content`, `twilio_message_id`, `sent_at`": (
        "conversation_id INTEGER",
        "direction VARCHAR",
        "content TEXT",
        "twilio_message_id VARCHAR",
        "sent_at TIMESTAMP",
    ),
    "the WebSocket stays open during the conversation": ("WebSocket se mantiene abierto",),
    "closed after 30 minutes without activity": ("después de 30 minutos de inactividad",),
    "opened again when the person writes": ("reabrir automáticamente",),
    "restarted at the next message if it closed": ("se reinicia automáticamente",),
    "fallback messages on connection errors": ("Mensajes de fallback",),
    "15 seconds for an answer": ("Timeout de 15 segundos",),
    "a connection for each number": ("su propia conexión WebSocket",),
    "`phone_number` identifies it": ("Identificación por `phone_number`",),
    "idle connections are cleaned up every 5 minutes": (
        "se limpian cada 5 minutos",
        "más de 30 minutos sin actividad",
    ),
    "`node scripts/test-websocket-flow.js`": ("node scripts/test-websocket-flow.js",),
    "1. starts a real call": ("Inicia una llamada real",),
    "2. waits for its end": ("Espera a que termine",),
    "3. checks the WhatsApp message": ("Verifica que se envía mensaje",),
    "4. waits for your answer": ("Espera tu respuesta",),
    "5. checks the agent's answer": ("Verifica que el agente responde",),
    "`activeConnections`": ("activeConnections",),
    "`hasActiveConnection('+573138539155')`": ("hasActiveConnection('+573138539155')",),
    "`getConnectionInfo('+573138539155')`": ("getConnectionInfo('+573138539155')",),
    "`ELEVENLABS_API_KEY`, `DEFAULT_AGENT_ID`": (
        "ELEVENLABS_API_KEY=",
        "DEFAULT_AGENT_ID=",
    ),
    "`TWILIO_ACCOUNT_SID`, `TWILIO_AUTH_TOKEN`, `TWILIO_WHATSAPP_NUMBER`": (
        "TWILIO_ACCOUNT_SID=",
        "TWILIO_AUTH_TOKEN=",
        "TWILIO_WHATSAPP_NUMBER=",
    ),
    "`DATABASE_URL`": ("DATABASE_URL=",),
    "reconnecting by itself": (
        "Reconexión Automática",
        "Reintentar conexión",
    ),
    "exponential backoff": ("Exponential backoff",),
    "metrics: the agent's response time": (
        "Métricas",
        "Tiempo de respuesta del agente",
    ),
    "metrics: messages per conversation": ("Cantidad de mensajes por conversación",),
    "metrics: WebSocket error rate": ("Tasa de error de WebSocket",),
    "panel: active conversations": (
        "Panel de Admin",
        "Ver conversaciones activas",
    ),
    "panel: closing a connection by hand": ("Cerrar conexiones manualmente",),
    "panel: the sockets' log": ("Ver logs de WebSocket",),
    "notices when a connection drops": (
        "Notificaciones",
        "cuando se cae una conexión",
    ),
    "alerts on time-outs": ("Alertas de timeout",),
    "each WebSocket takes a persistent connection": (
        "consume una conexión persistente",
        "En producción, considerar",
    ),
    "load balancer with sticky sessions": ("Load balancer con sticky sessions",),
    "Redis to share state between instances": ("Redis para compartir estado",),
    "limit of simultaneous connections": ("Límite de conexiones simultáneas",),
    "API key in an environment variable": ("API Key de ElevenLabs debe estar",),
    "validate numbers before connecting": ("Validar números de teléfono",),
    "clean sensitive data from logs": ("Limpiar datos sensibles",),
    "each active conversation costs resources": ("conversación activa consume recursos",),
    "cleaning up helps with costs": ("Limpieza automática ayuda",),
    "a time limit for a conversation": ("límite de tiempo por conversación",),
    "Node.js ws Library": ("Node.js ws Library",),
}
"""Each row of the table, and the words of the original that it is about."""


def rows(text):
    table = re.split(r"^## .+ → .+$", text, flags=re.MULTILINE)[1]
    table = re.split(r"^## ", table, flags=re.MULTILINE)[0]
    cells = re.findall(r"^\| (.+?) \| (.+) \|$", table, re.MULTILINE)
    return {item: here for item, here in cells if not here.startswith(("here", "aquí"))}


def tokens(cell):
    return re.findall(r"`([^`]+)`", cell)


def test_everything_of_the_original_has_its_row():
    assert list(rows(TEXTS["README.md"])) == list(ORIGINAL)


def test_the_twins_rows_are_about_the_same():
    english, spanish = (rows(text) for text in TEXTS.values())

    assert [tokens(item) for item in english] == [tokens(item) for item in spanish]
    assert [tokens(here) for here in english.values()] == [
        tokens(here) for here in spanish.values()
    ]


FACTS = Path(__file__).parents[3] / "shared/facts/original.md"

POINTS = r"^[│ ]*(?:-|\d\.) .+$"
"""Every point of its lists, and every step in the boxes of its flow."""

NAMED = (
    POINTS,
    r"^  \w+ (?:SERIAL|VARCHAR|INTEGER|TIMESTAMP|TEXT).*$",  # its columns
    r"^CREATE TABLE \w+",
    r"^[A-Z_]+=.*$",  # its settings
    r'"type": "\w+"',  # its frames
    r"elevenlabsWebSocketService\.(?!js)(\w+)",
)


@pytest.mark.skipif(not FACTS.exists(), reason="the original text is not beside this checkout")
def test_the_words_are_the_originals():
    text = FACTS.read_text()

    assert [words for about in ORIGINAL.values() for words in about if words not in text] == []


@pytest.mark.skipif(not FACTS.exists(), reason="the original text is not beside this checkout")
@pytest.mark.parametrize("pattern", NAMED)
def test_every_point_of_the_original_belongs_to_a_row(pattern):
    about = [words for each in ORIGINAL.values() for words in each]
    points = re.findall(pattern, FACTS.read_text(), re.MULTILINE)

    assert points
    assert [p for p in points if not any(words in p or p in words for words in about)] == []


@pytest.mark.skipif(not FACTS.exists(), reason="the original text is not beside this checkout")
def test_every_field_of_the_originals_frames_is_in_the_table():
    fields = set(re.findall(r'^ *"(\w+)": ', FACTS.read_text(), re.MULTILINE)) - {"type"}

    told = "\n".join(rows(TEXTS["README.md"]))
    assert {field for field in fields if f"`{field}`" not in told} == set()
